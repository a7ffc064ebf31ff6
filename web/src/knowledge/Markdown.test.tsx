import { render, screen } from "@testing-library/react";
import { describe, expect, it } from "vitest";
import { safeTarget } from "./blocks";
import { Markdown } from "./Markdown";

const shown = (text: string): HTMLElement => {
  render(<Markdown text={text} />);
  return screen.getByTestId("markdown");
};

describe("hostile text", () => {
  it.each([
    "<script>alert(1)</script>",
    '<img src=x onerror="alert(1)">',
    "<svg/onload=alert(1)>",
    "[a](javascript:alert(1))",
    "[a](JaVaScRiPt:alert(1))",
    "[a](java\tscript:alert(1))",
    "[a](data:text/html,<script>1</script>)",
    "[a](vbscript:x)",
    "[a](//evil.example/x)",
    "[a](/\\evil.example/x)",
    "![x](https://evil.example/track.png)",
    '[a](https://x" onmouseover="alert(1))',
    "**<b>**`<i>`| <u> |\n|---|\n| <iframe> |",
  ])("stays text: %s", (text) => {
    const root = shown(text);
    expect(root.querySelector("script,img,svg,iframe,b,i,u,object,form,style")).toBeNull();
    for (const each of root.querySelectorAll("*")) {
      for (const name of each.getAttributeNames()) expect(name).not.toMatch(/^on/i);
    }
    for (const link of root.querySelectorAll("a")) {
      expect(link.getAttribute("href")).toMatch(/^https:\/\/evil\.example\/track\.png$/);
    }
  });

  it("ends soon on long and nested text", () => {
    const begin = performance.now();
    shown(`${"*".repeat(20_000)}\n\n${"[".repeat(20_000)}\n\n${"> ".repeat(9_000)}`);
    expect(performance.now() - begin).toBeLessThan(2_000);
  });
});

it("shows headings, lists, emphasis, code, links and tables", () => {
  const root = shown(
    "# 原因\n\nThe **seal** is *dry*; see `P-1` and [the page](https://example.com/a).\n\n" +
      "1. one\n2. two\n\n- a\n\n```\nx < y\n```\n\n| A | B |\n|---|---|\n| 1 | 2 |\n\n> quoted",
  );
  expect(root.querySelector("h2")?.textContent).toBe("原因");
  expect(root.querySelector("strong")?.textContent).toBe("seal");
  expect(root.querySelector("em")?.textContent).toBe("dry");
  expect(root.querySelector("a")?.getAttribute("href")).toBe("https://example.com/a");
  expect(root.querySelectorAll("ol li")).toHaveLength(2);
  expect(root.querySelectorAll("ul li")).toHaveLength(1);
  expect(root.querySelector("pre")?.textContent).toBe("x < y");
  expect(root.querySelectorAll("tbody td")).toHaveLength(2);
  expect(root.querySelector("blockquote")?.textContent).toBe("quoted");
});

it("lets links lead to the web, mail and own pages", () => {
  expect(safeTarget("mailto:a@b.c")).toBe("mailto:a@b.c");
  expect(safeTarget("/assets/x")).toBe("/assets/x");
  expect(safeTarget("//x")).toBeNull();
});
