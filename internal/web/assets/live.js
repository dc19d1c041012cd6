// Verdicts that change while the page is open change on the page. The
// connection lives only while the page is seen and shows verdicts.
let source;

function apply(change) {
	let seen = false;
	for (const el of document.querySelectorAll(`[data-live-verdict="${CSS.escape(change.rule)}"]`)) {
		el.innerHTML = change.badge;
		el.firstElementChild?.classList.add("v-fresh");
		seen = true;
	}
	for (const name of ["open", "waived", "judged"]) {
		for (const el of document.querySelectorAll(`[data-live-${name}="${CSS.escape(change.rule)}"]`)) el.textContent = change[name];
	}
	if (seen && change.said) document.getElementById("live-said").textContent = change.said;
	document.dispatchEvent(new CustomEvent("vigie:verdict", { detail: change }));
}

function open() {
	if (source || document.hidden || !document.querySelector("[data-live-verdict], [data-live]")) return;
	source = new EventSource("/live");
	source.addEventListener("verdict", (e) => apply(JSON.parse(e.data)));
	source.addEventListener("end", close);
}
function close() {
	source?.close();
	source = undefined;
}
open();
document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
addEventListener("pagehide", close);
