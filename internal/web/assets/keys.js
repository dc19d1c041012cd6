// Single-key shortcuts. They can be switched off (WCAG 2.1.4), and never act
// while something is being typed.
const dialog = document.getElementById("keys");
const off = () => document.documentElement.dataset.keys === "off";

function typing(el) {
	return el.closest?.("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable], dialog[open]");
}

let first = "";
let timer;
document.addEventListener("keydown", (e) => {
	if (off() || e.ctrlKey || e.metaKey || e.altKey || typing(e.target) || document.querySelector("dialog[open]")) return;
	const key = e.key;
	if (first) { // g then a letter
		const link = document.querySelector(`[data-go="${CSS.escape(key)}"]`);
		first = "";
		if (link) {
			e.preventDefault();
			link.click();
		}
		return;
	}
	switch (key) {
	case "/": {
		const field = document.querySelector("[data-find]") ?? document.getElementById("find");
		if (field) {
			e.preventDefault();
			field.focus();
			field.select();
		}
		return;
	}
	case "?":
		if (dialog) {
			e.preventDefault();
			dialog.showModal();
		}
		return;
	case "g":
		first = "g";
		clearTimeout(timer);
		timer = setTimeout(() => { first = ""; }, 1500);
		return;
	case "j":
	case "k":
		move(key === "j" ? 1 : -1, e);
		return;
	case "x": // choose the line
		document.activeElement.closest("[data-line]")?.querySelector("input[name=id]")?.click();
		return;
	case "b": { // what is done with the lines chosen
		const next = document.querySelector("[data-chosen]:not([hidden]) :is(select, button)");
		if (next) {
			e.preventDefault();
			next.focus();
		}
		return;
	}
	}
	const target = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
	if (target) {
		e.preventDefault();
		target.click();
	}
});

// j and k walk the lines of the list of the page.
function move(step, e) {
	const lines = [...document.querySelectorAll("[data-line]")];
	if (lines.length === 0) return;
	e.preventDefault();
	const now = lines.findIndex((l) => l.contains(document.activeElement));
	const next = lines[Math.min(Math.max(now + step, 0), lines.length - 1)];
	next.querySelector("a")?.focus();
}

if (dialog) {
	for (const button of document.querySelectorAll("[data-keys-help]")) button.addEventListener("click", () => dialog.showModal());
	dialog.addEventListener("click", (e) => { if (e.target === dialog) dialog.close(); });
}
