// The console's socket: it hears that something changed. While it is down, the page looks by itself every 5 seconds.

import { Link } from "../../widget/link.js";

const LOOK_EVERY = 5000;
const TYPING_EVERY = 2500;

export function startLive(conversation, { list, thread }) {
  const bar = document.querySelector("[data-connection]");
  let looking = 0;
  let typedAt = 0;
  let settled = false;

  const lookAtAll = () => {
    list.changed(null);
    thread?.changed();
  };
  const link = new Link({
    url: new URL("/ws/console/", location.href.replace(/^http/, "ws")),
    hello: async () => ({ watch: conversation, ping: 1 }),
    pulse: () => ({ ping: 1 }),
    frame: (frame) => {
      if (!settled) {
        settled = true;
        link.settled();
        lookAtAll(); // what happened while nobody listened
      }
      if (frame.poke === "conversation" && frame.id === conversation) thread?.changed();
      if (frame.poke) list.changed(frame.id ?? null);
      if (frame.typing && frame.id === conversation) thread?.typing(frame.typing);
    },
    status: (status) => {
      bar.hidden = status === "open";
      clearInterval(looking);
      if (status === "open") return;
      settled = false;
      looking = setInterval(lookAtAll, LOOK_EVERY);
    },
  });
  link.connect();
  addEventListener("pagehide", () => link.end());
  addEventListener("pageshow", (event) => event.persisted && location.reload());

  return {
    typing() {
      if (!conversation || Date.now() - typedAt < TYPING_EVERY) return;
      typedAt = Date.now();
      link.send({ typing: conversation });
    },
  };
}
