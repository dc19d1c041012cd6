// Ctrl+K opens a field that goes anywhere: pages, registers, rules, records.
import { options, text } from "./options.js";

const dialog = document.getElementById("palette");
if (dialog) {
	const input = dialog.querySelector("input");
	const list = dialog.querySelector("[role=listbox]");
	const box = options(input, list, (q) => text("/palette?q=" + encodeURIComponent(q)), (li, e) => {
		if (e && (e.ctrlKey || e.metaKey)) {
			open(li.dataset.href);
			return;
		}
		dialog.close();
		location.assign(li.dataset.href);
	}, true);
	const show = () => {
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
			else show();
		}
	});
	for (const button of document.querySelectorAll("[data-palette]")) button.addEventListener("click", show);
	dialog.addEventListener("click", (e) => { if (e.target === dialog) dialog.close(); });
}
