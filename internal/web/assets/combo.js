// References are chosen by search: <div class="v-combo" data-combo="URL">.
import { options, text } from "./options.js";

function start(combo) {
	if (combo.dataset.started) return;
	combo.dataset.started = "yes";
	const input = combo.querySelector("[role=combobox]");
	const id = combo.querySelector("input[type=hidden]");
	const list = combo.querySelector("[role=listbox]");
	const changed = () => {
		id.dispatchEvent(new Event("change", { bubbles: true }));
	};
	input.addEventListener("input", () => { id.value = ""; });
	options(input, list, (q) => text(combo.dataset.combo + "?q=" + encodeURIComponent(q)), (li) => {
		id.value = li.dataset.id;
		input.value = li.dataset.title;
		changed();
	}, true);
}

const all = (root) => root.querySelectorAll?.("[data-combo]").forEach(start);
all(document);
document.addEventListener("htmx:afterSettle", (e) => all(e.target));
