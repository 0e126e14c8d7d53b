/** The console's own pages. */
import { useNnoSession } from "@neutrino-io/sdk";
import { TwoFactorEnrolment } from "@neutrino-io/ui-auth";

export function Home() {
  const { user } = useNnoSession();
  return (
    <div className="nno-ui nno-page">
      <h1 className="nno-title">Hello {user?.name}</h1>
    </div>
  );
}

export function ProfilePage() {
  return <TwoFactorEnrolment />;
}
