import { Skeleton } from "@mantine/core";
import { AssetLink } from "../ui/links";
import { ShortId } from "../ui/ShortId";
import { useAsset } from "./api";

/** A machine of which only the id is known; each is read once, however often it is named. */
export function AssetById({ id }: { id: string }) {
  const asset = useAsset(id);
  if (asset.data)
    return <AssetLink id={id} name={asset.data.name} serial={asset.data.serial_number} />;
  return asset.isError ? <ShortId id={id} /> : <Skeleton height={14} width={110} />;
}
