import { type QueryKey, useMutation, useQueryClient } from "@tanstack/react-query";
import { toast } from "../ui/toast";
import { isSignedOut } from "./problem";
import { SESSION_KEY } from "./queries";

interface Options<Input, Output> {
  run: (input: Input) => Promise<Output>;
  /** What to say once it is done. */
  done?: (output: Output, input: Input) => string;
  /** Which cached answers it changed; each is a beginning of keys. */
  touches: QueryKey[];
  after?: (output: Output, input: Input) => void;
  failed?: () => void;
}

/** A change asked of the API: what it touches is read again, what was done is said once. */
export function useAction<Input, Output>({
  run,
  done,
  touches,
  after,
  failed,
}: Options<Input, Output>) {
  const cache = useQueryClient();
  return useMutation({
    mutationFn: run,
    onSuccess: async (output, input) => {
      await Promise.all(touches.map((queryKey) => cache.invalidateQueries({ queryKey })));
      if (done) toast(done(output, input));
      after?.(output, input);
    },
    onError: (error) => {
      if (isSignedOut(error)) cache.setQueryData(SESSION_KEY, null);
      failed?.();
    },
  });
}
