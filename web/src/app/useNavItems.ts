import { NAV, type NavItem } from "./nav";
import { useMe } from "./session";

/** The areas that the signed-in person may enter. */
export function useNavItems(): NavItem[] {
  const me = useMe();
  return NAV.filter(
    (item) =>
      item.permissions.length === 0 ||
      item.permissions.some((permission) => me.permissions.includes(permission)),
  );
}
