import { Select, TextInput } from "@mantine/core";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { sitesOf } from "../../api/sources";
import { useMay } from "../../app/session";
import { useCreateSite } from "./api";
import { ChooseOrMake } from "./ChooseOrMake";

interface Props {
  organisationId: string;
  onBack: () => void;
  onDone: (siteId: string) => void;
}

/** Where the machines stand. */
export function SiteStep({ organisationId, onBack, onDone }: Props) {
  const { t } = useTranslation();
  const may = useMay()("administration.manage");
  const [name, setName] = useState("");
  const [address, setAddress] = useState("");
  const [zone, setZone] = useState(Intl.DateTimeFormat().resolvedOptions().timeZone);
  const create = useCreateSite((made) => onDone(made.id));
  return (
    <ChooseOrMake
      title={t("connect.steps.site")}
      hint={t("connect.siteHint")}
      label={t("common.site")}
      source={sitesOf(organisationId)}
      mayMake={may}
      newLabel={t("connect.newSite")}
      fields={
        <>
          <TextInput
            label={t("common.name")}
            autoFocus
            value={name}
            onChange={(event) => setName(event.currentTarget.value)}
            data-testid="connect-name"
          />
          <TextInput
            label={`${t("administration.address")} (${t("common.optional")})`}
            value={address}
            onChange={(event) => setAddress(event.currentTarget.value)}
          />
          <Select
            label={t("common.timeZone")}
            data={["UTC", ...Intl.supportedValuesOf("timeZone").filter((each) => each !== "UTC")]}
            value={zone}
            onChange={(value) => value && setZone(value)}
            searchable
            allowDeselect={false}
          />
        </>
      }
      complete={name.trim() !== ""}
      make={() =>
        create.mutate({
          organisation_id: organisationId,
          name: name.trim(),
          address: address.trim() || null,
          time_zone: zone,
        })
      }
      pending={create.isPending}
      error={create.error}
      onBack={onBack}
      onDone={onDone}
    />
  );
}
