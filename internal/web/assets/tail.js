// The page of traces follows what comes: new events are put on top of the table
// while the button is pressed and the page is seen.
const most = 500;
const button = document.querySelector("[data-tail]");
let source, since;

function close() {
	source?.close();
	source = undefined;
}

function open() {
	if (source || document.hidden || button.getAttribute("aria-pressed") !== "true") return;
	const at = new URL(button.dataset.tail, location.href);
	at.pathname = "/traces/live";
	at.searchParams.set("since", since);
	source = new EventSource(at);
	source.addEventListener("rows", (e) => {
		const change = JSON.parse(e.data);
		since = change.since;
		const body = document.querySelector("[data-tail-rows]");
		if (!body) return location.reload(); // the first event: the page has no table yet
		body.insertAdjacentHTML("afterbegin", change.rows);
		while (body.rows.length > most) body.rows[body.rows.length - 1].remove();
		said.textContent = change.said;
	});
	source.addEventListener("end", close);
	source.addEventListener("error", () => { // come back from where it was
		close();
		setTimeout(open, 5000);
	});
}

const said = document.querySelector("[data-tail-said]");
if (button) {
	since = button.dataset.since;
	button.hidden = false;
	button.addEventListener("click", () => {
		const pressed = button.getAttribute("aria-pressed") !== "true";
		button.setAttribute("aria-pressed", String(pressed));
		said.textContent = pressed ? said.dataset.tailSaid : "";
		if (pressed) open();
		else close();
	});
	document.addEventListener("visibilitychange", () => (document.hidden ? close() : open()));
	addEventListener("pagehide", close);
}
