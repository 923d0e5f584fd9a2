// The result of a run: its sheet is read only, all that there is to do are links and buttons of the page.

import "./sheet.js";
