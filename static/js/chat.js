// The page of questions: Enter asks, the field is emptied once it was asked, and the newest turn is in sight.
const field = () => document.getElementById("chat-question");

document.addEventListener("keydown", (event) => {
  if (event.target !== field() || event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  if (event.target.value.trim()) event.target.form.requestSubmit();
});

document.body.addEventListener("htmx:afterRequest", (event) => {
  const { elt, successful } = event.detail;
  if (!successful || elt.id !== "chat-composer") return;
  field().value = "";
  field().focus();
});

document.body.addEventListener("htmx:afterSwap", (event) => {
  if (event.detail.target.id !== "chat-turns") return;
  const newest = event.detail.target.lastElementChild;
  newest?.scrollIntoView({ block: "start", behavior: "instant" });
});
