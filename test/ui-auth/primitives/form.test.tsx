import { fireEvent, screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { SignIn } from "../../../src/ui-auth/index.ts";
import { Submit } from "../../../src/ui-auth/primitives/button.tsx";
import { useForm } from "../../../src/ui-auth/primitives/form.ts";
import { openTab, password } from "../../sdk/page.ts";
import { goTo, show, usePage } from "../page.tsx";

const page = usePage();

it("reports an exception of its submit handler, and can be sent again", async () => {
  const reported: unknown[] = [];
  const report = globalThis.reportError;
  globalThis.reportError = (cause) => reported.push(cause);
  function Broken() {
    const form = useForm(async () => {
      throw new TypeError("broken");
    });
    return (
      <form {...form.props}>
        <p>{form.failure?.code}</p>
        <Submit form={form}>Send</Submit>
      </form>
    );
  }
  show(openTab(), <Broken />);
  fireEvent.submit(screen.getByRole("button").closest("form") as HTMLFormElement);
  await screen.findByText("UNKNOWN");
  expect(screen.getByRole("button").getAttribute("aria-disabled")).toBeNull();
  expect(reported).toHaveLength(1);
  globalThis.reportError = report;
});

it("says that the service is unavailable when the answer is not the auth Worker's", async () => {
  goTo("/sign-in");
  show(openTab(), <SignIn />);
  await screen.findByLabelText("Email");
  page.current.line = "html";
  fireEvent.change(screen.getByLabelText("Email"), { target: { value: "ada@example.com" } });
  fireEvent.change(screen.getByLabelText("Password"), { target: { value: password } });
  fireEvent.click(screen.getByRole("button", { name: "Sign in" }));
  await screen.findByText(/The service is unavailable at the moment/);
});

it.each(["jürgen@example.com", "用户@例子.example"])("sends the address %s", async (address) => {
  const sent: string[] = [];
  function Address() {
    const form = useForm(async ({ email = "" }) => {
      sent.push(email);
      return undefined;
    });
    return (
      <form {...form.props}>
        <label>
          Email
          <input name="email" type="email" required />
        </label>
        <p role="alert">{form.fieldErrors["email"]}</p>
        <Submit form={form}>Send</Submit>
      </form>
    );
  }
  show(openTab(), <Address />);
  const input = screen.getByLabelText("Email");
  fireEvent.change(input, { target: { value: "nobody" } });
  fireEvent.click(screen.getByRole("button", { name: "Send" }));
  expect(screen.getByRole("alert").textContent).not.toBe("");
  fireEvent.change(input, { target: { value: address } });
  fireEvent.click(screen.getByRole("button", { name: "Send" }));
  expect(sent).toHaveLength(1);
  expect(screen.getByRole("alert").textContent).toBe("");
});
