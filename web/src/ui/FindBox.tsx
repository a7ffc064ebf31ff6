import { TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { Search } from "lucide-react";
import { useEffect, useRef, useState } from "react";

interface Props {
  label: string;
  value: string | undefined;
  onChange: (words: string | undefined) => void;
}

/** Words to find rows by; they are asked for once the hand rests. */
export function FindBox({ label, value, onChange }: Props) {
  const [typed, setTyped] = useState(value ?? "");
  const sent = useRef(value);
  const search = useDebouncedCallback((words: string) => {
    sent.current = words.trim() || undefined;
    onChange(sent.current);
  }, 200);
  // Somebody else changed it: the filters were cleared, or the address.
  useEffect(() => {
    if (value !== sent.current) {
      sent.current = value;
      setTyped(value ?? "");
    }
  }, [value]);
  return (
    <TextInput
      w={{ base: "100%", sm: 290 }}
      aria-label={label}
      placeholder={label}
      leftSection={<Search size={15} />}
      value={typed}
      onChange={(event) => {
        setTyped(event.currentTarget.value);
        search(event.currentTarget.value);
      }}
    />
  );
}
