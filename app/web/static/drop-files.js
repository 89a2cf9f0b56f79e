// Lets files be dropped on the file field, and folds away what does not belong to the chosen way.
// Without this script the page works the same: the field opens a dialog and all parts are shown.
"use strict";

for (const area of document.querySelectorAll("[data-drop]")) {
  const input = area.querySelector("input[type=file]");
  area.querySelector("[data-drop-words]").hidden = false;
  const over = (on) => area.classList.toggle("drop-over", on);
  area.addEventListener("dragover", (event) => {
    event.preventDefault();
    over(true);
  });
  area.addEventListener("dragleave", () => over(false));
  area.addEventListener("drop", (event) => {
    event.preventDefault();
    over(false);
    if (event.dataTransfer.files.length > 0) {
      input.files = event.dataTransfer.files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
    }
  });
}

const ways = document.querySelectorAll("input[name=channel]");
const collection = document.querySelector("#collection_id");

function fold() {
  const chosen = document.querySelector("input[name=channel]:checked");
  const show = (selector, on) => {
    const part = document.querySelector(selector);
    if (part) part.hidden = !on;
  };
  show(".only-mail", !chosen || chosen.value === "mail");
  show(".only-drop-box", !chosen || chosen.value === "drop_box");
  show(".only-new-round", !collection || collection.value === "new");
}

for (const each of [...ways, collection]) {
  if (each) each.addEventListener("change", fold);
}
fold();
