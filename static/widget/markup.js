// Building elements without ever handing a string to the HTML parser of the page.

const ALLOWED = new Set(["P", "BR", "UL", "OL", "LI", "STRONG", "EM", "A"]);
const SVG = "http://www.w3.org/2000/svg";
const ICONS = {
  chat: ["M4 5h16v11H10l-5 4v-4H4z"],
  close: ["M6 6l12 12M18 6 6 18"],
  send: ["M4 12 20 4l-5 16-3.5-6.5z", "m11.5 13.5 4-4"],
  person: ["M12 4a4 4 0 1 1 0 8 4 4 0 0 1 0-8z", "M4.5 20a7.5 7.5 0 0 1 15 0"],
  down: ["M12 5v13M6 12.5l6 6 6-6"],
};

/** h("p", { class: "x", hidden: true }, "text", node) */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === true) element.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("class", "icon");
  for (const d of ICONS[name]) {
    const path = document.createElementNS(SVG, "path");
    path.setAttribute("d", d);
    svg.append(path);
  }
  return svg;
}

/** The server's HTML once more through a list of allowed elements; anything else stays as its text. */
export function safe(html) {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  const fragment = document.createDocumentFragment();
  fragment.append(...copies(parsed.body));
  return fragment;
}

/** https anywhere, http(s) on this page's own host; null for the rest. */
export function address(href) {
  if (!href) return null;
  try {
    const url = new URL(href, location.href);
    return url.protocol === "https:" || (url.protocol === "http:" && url.host === location.host) ? url.href : null;
  } catch {
    return null;
  }
}

export function link(href, attributes, ...children) {
  const to = address(href);
  return to
    ? h("a", { ...attributes, href: to, target: "_blank", rel: "noopener noreferrer" }, ...children)
    : h("span", attributes, ...children);
}

function copies(parent) {
  return [...parent.childNodes].flatMap((node) => {
    if (node.nodeType === Node.TEXT_NODE) return [node.textContent];
    if (node.nodeType !== Node.ELEMENT_NODE) return [];
    if (!ALLOWED.has(node.tagName)) return copies(node);
    if (node.tagName === "A") return [link(node.getAttribute("href") ?? "", { class: node.className || null }, ...copies(node))];
    return [h(node.tagName, {}, ...copies(node))];
  });
}
