// What the program answers to the grid, for the type checker alone: src/page/view/grid.rs says what each field means.

export interface Shape {
  check: number;
  label: string;
  sheet: string;
  rows: number;
  key: number;
  editable: boolean;
  above: string[][];
  columns: { letters: string; name: string; weekday: string | null; kind: "used" | "ignored" | "outside" }[];
}

export interface Mark {
  column: number | null;
  outcome: string;
  reason: number;
  says: string;
  suggestion: string | null;
  equal: number;
}

export interface Row {
  record: number;
  line: number;
  cells: string[];
  marks: Mark[];
  corrected: [number, string][];
  left_out: boolean;
  editable: boolean;
  outcomes?: string;
}

export interface Reason {
  number: number;
  outcome: string;
  mark: string;
  says: string;
  items: number;
}
