import "@mantine/core/styles.layer.css";
import "./app/tokens.css";
import { createRoot } from "react-dom/client";
import { App } from "./app/App";
import { startLanguage } from "./i18n";

const place = document.getElementById("root");
if (!place) throw new Error("index.html has no #root");
await startLanguage();
createRoot(place).render(<App />);
