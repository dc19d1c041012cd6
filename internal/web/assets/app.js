// Scripts of the pages. Everything works without them, less comfortably: each
// part below improves markup that already means something.
import htmx from "htmx.org";
import "./menu.js";
import "./combo.js";
import "./palette.js";
import "./keys.js";
import "./guard.js";
import "./list.js";
import "./live.js";
import "./tail.js";
import "./passkey.js";
import "./zone.js";

window.htmx = htmx;

// A field that was checked by the server says so to assistive technology.
document.addEventListener("htmx:afterSwap", (e) => {
	const field = e.target.closest?.("[data-field]");
	if (!field) return;
	const wrong = field.querySelector(".v-wrong") !== null;
	field.toggleAttribute("data-wrong", wrong);
	for (const input of field.querySelectorAll("input:not([type=hidden]), select, textarea")) {
		if (wrong) input.setAttribute("aria-invalid", "true");
		else input.removeAttribute("aria-invalid");
	}
});

// The first field at fault takes the focus after a refusal.
const fault = document.querySelector("[data-wrong] :is(input:not([type=hidden]), select, textarea)");
if (fault) fault.focus();
else document.querySelector("[data-focus]")?.focus();

for (const form of document.querySelectorAll("form[data-submit-on-change]")) {
	form.addEventListener("change", () => form.requestSubmit());
}
for (const button of document.querySelectorAll("[data-print]")) button.addEventListener("click", () => print());
for (const button of document.querySelectorAll("[data-copy]")) {
	button.hidden = false;
	button.addEventListener("click", async () => {
		await navigator.clipboard.writeText(button.dataset.copy);
		button.querySelector("[data-copied]").hidden = false;
	});
}
