// Ctrl+K opens a field that goes anywhere: pages, registers, rules, records.
import { options, text } from "./options.js";

const dialog = document.getElementById("palette");
if (dialog) {
	const input = dialog.querySelector("input");
	const list = dialog.querySelector("[role=listbox]");
	const box = options(input, list, (q) => text("/palette?q=" + encodeURIComponent(q)), (li, e) => {
		if (e && e.target.closest("a")) return; // the link goes by itself
		dialog.close();
		location.assign(li.querySelector("a").href);
	}, true);
	const open = () => {
		input.value = "";
		list.innerHTML = "";
		dialog.showModal();
		input.focus();
		box.ask(true);
	};
	document.addEventListener("keydown", (e) => {
		if ((e.ctrlKey || e.metaKey) && !e.shiftKey && !e.altKey && e.key.toLowerCase() === "k") {
			e.preventDefault();
			if (dialog.open) dialog.close();
			else open();
		}
	});
	for (const button of document.querySelectorAll("[data-palette]")) button.addEventListener("click", open);
	dialog.addEventListener("click", (e) => { if (e.target === dialog) dialog.close(); });
}
