// How did it go? Five buttons and a box, at the end of a conversation that is over. It opens, moves and counts nothing.

import { h } from "./markup.js";

const SCORES = [1, 2, 3, 4, 5];
const ENDS = { 1: "badly", 5: "very well" };
const LONGEST = 1000;

export class Survey {
  #shown = null;

  /** acts: { answer(score, comment), later() } */
  constructor(acts) {
    this.acts = acts;
    this.title = h("p", { id: "survey-title", class: "survey-title" });
    this.scores = SCORES.map((score) => this.#button(score));
    this.comment = h("textarea", { id: "survey-comment", rows: "2", maxlength: LONGEST });
    this.send = h("button", { type: "button", class: "choice" }, "Send");
    this.more = h("div", { class: "survey-more" }, h("label", { for: "survey-comment" }, "Anything we should know? (optional)"), this.comment, this.send);
    this.later = h("button", { type: "button", class: "plain survey-later" }, "Not now");
    this.send.addEventListener("click", () => acts.answer(this.#shown.score, this.comment.value.trim()));
    this.later.addEventListener("click", () => acts.later());
    const ends = h("div", { class: "survey-ends", "aria-hidden": "true" }, h("span", {}, "Badly"), h("span", {}, "Very well"));
    this.ask = h("div", {}, h("div", { class: "survey-scores" }, ...this.scores), ends);
    this.element = h("section", { class: "survey", role: "group", "aria-labelledby": "survey-title", hidden: true }, this.title, this.ask, this.more, this.later);
  }

  /** survey: { open, score, comment } or null */
  show(survey) {
    this.#shown = survey;
    this.element.hidden = !survey;
    if (!survey) return;
    const answered = survey.score !== null;
    this.title.textContent = answered ? `Thank you. You gave ${survey.score} of 5.` : "How did this go for you?";
    this.ask.hidden = !survey.open;
    this.more.hidden = !survey.open || !answered;
    this.later.hidden = answered;
    this.scores.forEach((button, i) => button.setAttribute("aria-pressed", String(SCORES[i] === survey.score)));
    this.send.textContent = survey.comment ? "Change" : "Send";
    if (this.comment.getRootNode().activeElement !== this.comment) this.comment.value = survey.comment;
  }

  #button(score) {
    const words = `${score} of 5${ENDS[score] ? `, ${ENDS[score]}` : ""}`;
    const button = h("button", { type: "button", class: "score", "aria-label": words, "aria-pressed": "false" }, String(score));
    button.addEventListener("click", () => this.acts.answer(score, this.comment.value.trim()));
    return button;
  }
}
