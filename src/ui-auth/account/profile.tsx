/** The profile page. Its sections can also be used on their own. */
import { useNnoSession } from "@neutrino-io/sdk";
import { ChangeEmail } from "../email-address/change-email.tsx";
import { useUiAuth } from "../host/provider.tsx";
import { ChangePassword } from "../passwords/change-password.tsx";
import { Loading, Page } from "../primitives/card.tsx";
import { TwoFactorEnrolment } from "../two-factor/enrolment.tsx";
import { ConnectedAccounts } from "./connected-accounts.tsx";
import { DeleteAccount } from "./delete-account.tsx";
import { ExportData } from "./export-data.tsx";
import { ProfileDetails } from "./profile-details.tsx";
import { Sessions } from "./sessions.tsx";

export function Profile() {
  const { session } = useNnoSession();
  const { messages } = useUiAuth();
  if (session === null) return <Loading />;
  return (
    <Page title={messages.profile.title}>
      <ProfileDetails />
      <ChangeEmail />
      <ChangePassword />
      <TwoFactorEnrolment />
      <Sessions />
      <ConnectedAccounts />
      <ExportData />
      <DeleteAccount />
    </Page>
  );
}
