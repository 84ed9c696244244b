// The demo page: examples that name this server, a button to copy each, and settings to try.

const chat = document.querySelector("support-chat");

document.getElementById("try").addEventListener("click", () => chat.show());

for (const code of document.querySelectorAll("pre code")) {
  code.textContent = code.textContent.replaceAll("https://chat.example.com", location.origin);
  if (!navigator.clipboard) continue;
  const copy = Object.assign(document.createElement("button"), { type: "button", textContent: "Copy" });
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(code.textContent);
    copy.textContent = "Copied";
    setTimeout(() => { copy.textContent = "Copy"; }, 2000);
  });
  code.closest("figure").querySelector("figcaption").append(copy);
}

document.getElementById("settings").addEventListener("input", ({ target: { name, value } }) => {
  if (value) chat.setAttribute(name, value);
  else chat.removeAttribute(name);
});
document.getElementById("settings").addEventListener("submit", (event) => event.preventDefault());
