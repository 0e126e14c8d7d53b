/** What `nno-auth --help` prints. */

export const help = `nno-auth: the auth Worker of each platform, from nothing to verified

  nno-auth provision <platformId>     create it, bring it up to date, or finish what was interrupted
      --claim-email <address>         only this address can use the first admin's claim link
      --claim                         a fresh claim link, as long as there is no admin
      --secrets-file <file>           secrets to set, as JSON or .env
      --secret NAME=value             one of them; others on this machine can see it, so prefer a file
      --custom-domain <host>          instead of auth.svc.default.<platformId>.<root domain>
      --cookie-domain <.domain>       with a custom domain; default: that of --zone
      --console-url <url>             where mails and redirects lead
      --email-from <address>          the sender of mails
      --zone <name>                   the zone of the custom domain
      --location <hint>               where the database is made: wnam, enam, weur, eeur, apac, oc
      --jurisdiction <eu|us|fedramp>  where the database must stay; instead of --location, and never later
      --no-wait                       fail when another job has the platform, instead of waiting
  nno-auth status [<platformId>]      what exists; without an id, every platform
  nno-auth verify <platformId>        ask its host, and note the outcome
  nno-auth deprovision <platformId> --confirm <platformId>
      --export-folder <folder>        where its data goes first; default: exports
  nno-auth upgrade                    every platform to this release
      --rings <1,10,100>              so many first, and on only when none of them failed
      --concurrency <4>               platforms at once
  nno-auth doctor                     which permissions the token lacks
  nno-auth local                      run the local Cloudflare alone
  nno-auth start                      the local Cloudflare with a demo platform on it

  --dry-run               print the plan and change nothing (provision, deprovision, upgrade)
  --json                  for machines
  --root-domain <domain>  default: nno.app
  --local                 use the local Cloudflare that runs on this machine
  --state <folder>        of the local Cloudflare; default: .nno
  --port <number>         of the local Cloudflare; default: 8788

CLOUDFLARE_API_TOKEN, CLOUDFLARE_ACCOUNT_ID and CLOUDFLARE_API_BASE_URL mean what they mean to wrangler.
`;
