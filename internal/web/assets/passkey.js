// Passkeys: a form with data-passkey="get" or "create" asks the server for a
// challenge (data-begin), the person's machine for its answer, and sends it. It
// stays hidden where the browser cannot.
const can = { get: "parseRequestOptionsFromJSON", create: "parseCreationOptionsFromJSON" };

for (const form of document.querySelectorAll("form[data-passkey]")) {
	const kind = form.dataset.passkey;
	const parse = window.PublicKeyCredential?.[can[kind]];
	if (!parse) continue;
	form.hidden = false;
	const failed = form.querySelector("[data-failed]");
	form.addEventListener("submit", async (e) => {
		if (form.elements.answer.value) return;
		e.preventDefault();
		failed.hidden = true;
		try {
			const res = await fetch(form.dataset.begin, { method: "POST", headers: { "HX-Request": "true" } });
			if (!res.ok) throw new Error(res.statusText);
			const { challenge, ask } = await res.json();
			const publicKey = parse.call(PublicKeyCredential, ask);
			const key = await navigator.credentials[kind]({ publicKey });
			form.elements.challenge.value = challenge;
			form.elements.answer.value = JSON.stringify(key.toJSON());
			form.submit();
		} catch {
			failed.hidden = false; // given up, too late, or no such key here
		}
	});
}
