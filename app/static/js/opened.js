// The page of a link was opened by a person: previews of links run no scripts. Without JS: acting tells it.
const own = document.currentScript || document.querySelector("script[data-opened]");
navigator.sendBeacon(own.dataset.opened);
