/// The console's only script: it puts in place what the server sends of drills that run.
///
/// Without it the page of running drills loads itself again every few seconds.
enum ConsoleScript {
    static let text = """
        "use strict";
        const board = document.getElementById("live");
        if (board && window.EventSource) {
          const source = new EventSource("/events");
          source.addEventListener("live", (event) => {
            const names = () => Array.from(board.querySelectorAll("[data-drill]"),
              (one) => one.dataset.drill).join(" ");
            const before = names();
            const focus = document.activeElement && document.activeElement.id;
            board.innerHTML = event.data;
            if (focus && document.getElementById(focus)) document.getElementById(focus).focus();
            // A drill has ended: the rest of the page is out of date.
            if (before !== "" && names() !== before) location.reload();
          });
        }

        """
}
