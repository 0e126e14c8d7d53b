import { expect, it } from "vitest";
import { networkOf, siteOf } from "../../../src/worker/http/network.ts";

it("a network of IPv6 is what one subscriber has", () => {
  const of = (address: string) => networkOf(new Headers({ "cf-connecting-ip": address }));
  expect(of("2001:db8:1:2::1")).toBe(of("2001:0DB8:0001:0002:ffff:ffff:ffff:ffff"));
  expect(of("2001:db8:1:2::1")).not.toBe(of("2001:db8:1:3::1"));
  expect(of("2001:db8::1")).toBe("2001:db8:0:0");
  expect(of("::1")).toBe("0:0:0:0");
  expect(of("::ffff:192.0.2.1")).toBe("192.0.2.1");
  expect(networkOf(new Headers())).toBeUndefined();
});

it("a site of IPv6 is the /48 around it", () => {
  const of = (address: string) => siteOf(new Headers({ "cf-connecting-ip": address }));
  expect(of("2001:db8:1:2::1")).toBe(of("2001:0DB8:0001:ffff::9"));
  expect(of("2001:db8:1:2::1")).not.toBe(of("2001:db8:2:2::1"));
  expect(of("2001:db8::1")).toBe("2001:db8:0");
  expect(of("192.0.2.1")).toBeUndefined();
  expect(of("::ffff:192.0.2.1")).toBeUndefined();
});
