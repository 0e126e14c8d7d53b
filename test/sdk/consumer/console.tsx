/**
 * A console as an outsider writes one, compiled against the built package with the settings of a new Vite project. Each
 * `@ts-expect-error` is a mistake that the types must find.
 */
import {
  createNnoAuthClient,
  NnoAuthProvider,
  RequireRole,
  type NnoAuthClient,
  useNnoSession,
  usePermission,
  useTenant,
} from "@neutrino-io/sdk";

export function MyComponent() {
  const { user } = useNnoSession();
  const isAdmin = user.role === "platform-admin";
  // @ts-expect-error no such role
  const isEmperor = user.role === "emperor";
  return isAdmin || isEmperor ? user.name.toUpperCase() : null;
}

export function Details() {
  const answer = useNnoSession();
  // @ts-expect-error nobody may be signed in
  answer.session.expiresAt.getTime();
  if (answer.status === "signed-in") answer.session.expiresAt.getTime();
  if (answer.status === "error") answer.error.code.toUpperCase();
  return answer.tenant?.role ?? null;
}

export function Permissions() {
  const mayBill = usePermission("billing:view");
  const mayInvite = usePermission("invitation:create");
  // @ts-expect-error no such permission
  const mayFly = usePermission("billing:fly");
  const { switch: switchTenant, list } = useTenant();
  const pick = () => void switchTenant(list[0]?.id ?? null);
  return mayBill || mayInvite || mayFly ? <button onClick={pick}>Switch</button> : null;
}

const client = createNnoAuthClient({ authUrl: "/api/auth", platformId: "k3m9p2xw7q" });

export function App() {
  return (
    <NnoAuthProvider client={client}>
      <RequireRole role="platform-admin" fallback="no">
        <MyComponent />
      </RequireRole>
      {/* @ts-expect-error no such role */}
      <RequireRole role="emperor" />
    </NnoAuthProvider>
  );
}

export async function calls(auth: NnoAuthClient) {
  await auth.admin.hasPermission({ permissions: { billing: ["view"], features: ["activate"] } });
  // @ts-expect-error no such permission
  await auth.admin.hasPermission({ permissions: { billing: ["fly"] } });
  await auth.admin.setRole({ userId: "1", role: "platform-admin" });
  // @ts-expect-error no such role
  await auth.admin.setRole({ userId: "1", role: "emperor" });
  await auth.organization.inviteMember({ email: "bob@example.com", role: "member" });
  await auth.organization.createRole({ role: "clerk", permission: { member: ["create"] } });
  await auth.twoFactor.verifyTotp({ code: "123456", trustDevice: true });
  const { data, error } = await auth.token();
  return data?.token.length ?? error?.code?.length;
}
