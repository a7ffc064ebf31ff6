import { Button, type ButtonProps } from "@mantine/core";
import { createLink, type LinkComponent } from "@tanstack/react-router";
import type { AnchorHTMLAttributes, Ref } from "react";

type AnchorProps = Omit<AnchorHTMLAttributes<HTMLAnchorElement>, keyof ButtonProps>;

interface Props extends ButtonProps, AnchorProps {
  ref?: Ref<HTMLAnchorElement>;
}

const Anchor = ({ ref, ...rest }: Props) => <Button component="a" ref={ref} {...rest} />;

const Created = createLink(Anchor);

/** A button that leads somewhere. */
export const LinkButton: LinkComponent<typeof Anchor> = (props) => (
  <Created preload="intent" {...props} />
);
