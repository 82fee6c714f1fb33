// The OpenID provider that the tests sign in with: npm's oidc-provider, with people whom the tests name.
//
//   node provider.mjs PORT    answers at http://localhost:PORT and says "ready" on standard output
//
// oidc-provider is honest. What a dishonest or broken provider would send comes from TWISTS: a layer
// above it that rewrites its answers, signing with the provider's own key where it signs at all, for as
// long as a test has switched one of them on (PUT /control).
import { createServer } from "node:http";
import Provider from "oidc-provider";
import { SignJWT, decodeJwt, exportJWK, generateKeyPair } from "jose";

const port = Number(process.argv[2]);
const issuer = `http://localhost:${port}`;
const client = { client_id: "greenroom", client_secret: "the secret of the tests' client" };
const encoded = new TextEncoder();

// sub -> claims, and what is switched on; replaced by PUT /control.
let people = {};
let twist = null;

// --- The honest provider ---

async function makeKey(kid) {
  const { privateKey, publicKey } = await generateKeyPair("RS256", { extractable: true });
  return { kid, privateKey, publicKey };
}

let key = await makeKey("first");
const foreign = await makeKey("first"); // says that it is the provider's

async function makeProvider() {
  const provider = new Provider(issuer, {
    clients: [{ ...client, redirect_uris: [`${issuer}/replaced-below`], response_types: ["code"] }],
    jwks: { keys: [{ ...(await exportJWK(key.privateKey)), kid: key.kid, use: "sig", alg: "RS256" }] },
    cookies: { keys: ["a key of the tests"] },
    pkce: { required: () => true },
    claims: { profile: ["name", "preferred_username", "groups"], email: ["email", "email_verified"] },
    findAccount: (_ctx, sub) => people[sub] && { accountId: sub, claims: () => ({ ...people[sub], sub }) },
    interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
    features: { devInteractions: { enabled: false } },
    // The test's people agree to everything.
    async loadExistingGrant(ctx) {
      const grant = new ctx.oidc.provider.Grant({
        clientId: ctx.oidc.client.clientId,
        accountId: ctx.oidc.session.accountId,
      });
      grant.addOIDCScope("openid profile email");
      await grant.save();
      return grant;
    },
  });
  // A Greenroom of the tests takes a free port, which nobody knows beforehand.
  provider.Client.prototype.redirectUriAllowed = (uri) =>
    /^http:\/\/(localhost|127\.0\.0\.1)(:\d+)?\/sign-in\/oidc\/callback$/.test(uri);
  provider.use(async (ctx, next) => {
    await next();
    if (twist !== null) await TWISTS[twist](ctx);
  });
  return provider;
}

let provider = await makeProvider();

// --- What is not honest ---

const seconds = () => Math.floor(Date.now() / 1000);
const signed = (claims, by = key) =>
  new SignJWT(claims).setProtectedHeader({ alg: "RS256", kid: by.kid }).sign(by.privateKey);
const plainly = (part) => Buffer.from(JSON.stringify(part)).toString("base64url");

// Rewrites the claims of the ID token on its way out of the token endpoint.
function claims(change, sign = signed) {
  return async (ctx) => {
    if (ctx.path === "/token" && ctx.body?.id_token) {
      ctx.body = { ...ctx.body, id_token: await sign(change(decodeJwt(ctx.body.id_token))) };
    }
  };
}

// Rewrites the answer at one path.
const answer = (path, change) => async (ctx) => {
  if (ctx.path === path) change(ctx);
};

const same = (token) => token;
const DISCOVERY = "/.well-known/openid-configuration";
const TWISTS = {
  "wrong audience": claims((token) => ({ ...token, aud: "somebody else" })),
  "wrong audience, authorized party ours": claims((token) => ({ ...token, aud: "somebody else", azp: client.client_id })),
  "ours and another audience": claims((token) => ({ ...token, aud: [client.client_id, "x"], azp: client.client_id })),
  "wrong authorized party": claims((token) => ({ ...token, aud: [client.client_id, "x"], azp: "x" })),
  "wrong nonce": claims((token) => ({ ...token, nonce: "of another sign-in" })),
  "no nonce": claims(({ nonce, ...token }) => token),
  "wrong issuer": claims((token) => ({ ...token, iss: "https://elsewhere.example.com" })),
  "no subject": claims(({ sub, ...token }) => token),
  expired: claims((token) => ({ ...token, iat: seconds() - 7200, exp: seconds() - 3600 })),
  "from the future": claims((token) => ({ ...token, iat: seconds() + 3600, exp: seconds() + 7200 })),
  "signed by another key": claims(same, (token) => signed(token, foreign)),
  "not signed": claims(same, (token) => `${plainly({ alg: "none" })}.${plainly(token)}.`),
  "signed with the client's secret": claims(same, (token) =>
    new SignJWT(token).setProtectedHeader({ alg: "HS256" }).sign(encoded.encode(client.client_secret))),
  "no token": answer("/token", (ctx) => { if (ctx.body?.id_token) ctx.body = { ...ctx.body, id_token: undefined }; }),
  "not a token": answer("/token", (ctx) => { if (ctx.body?.id_token) ctx.body = { ...ctx.body, id_token: "a.b.c" }; }),
  "claims of somebody else": answer("/me", (ctx) => { ctx.body = { ...ctx.body, sub: "somebody else" }; }),
  "claims in the token": async (ctx) => {
    await claims((token) => ({ ...token, ...people[token.sub] }))(ctx);
    await answer("/me", (me) => { me.status = 500; me.body = "no claims here"; })(ctx);
  },
  "another name for itself": answer(DISCOVERY, (ctx) => { ctx.body = { ...ctx.body, issuer: `${issuer}/x` }; }),
  "no description": answer(DISCOVERY, (ctx) => { ctx.type = "text/html"; ctx.body = "<h1>Maintenance</h1>"; }),
  "half a description": answer(DISCOVERY, (ctx) => { ctx.body = { issuer }; }),
  "only weak signatures": answer(DISCOVERY, (ctx) => {
    ctx.body = { ...ctx.body, id_token_signing_alg_values_supported: ["HS256", "none"] };
  }),
  "failing token endpoint": answer("/token", (ctx) => { ctx.status = 500; ctx.type = "text/html"; ctx.body = "oh"; }),
  "talking token endpoint": answer("/token", (ctx) => { ctx.status = 200; ctx.type = "text/html"; ctx.body = "oh"; }),
  "failing keys": answer("/jwks", (ctx) => { ctx.status = 500; ctx.body = "no keys"; }),
  "failing claims": answer("/me", (ctx) => { ctx.status = 500; ctx.body = "no claims"; }),
};

// --- Where people say who they are, and tests say what they want ---

const FORM = `<!doctype html><html lang="en"><head><meta charset="utf-8"><link rel="icon" href="data:,">
<title>Sign in at the provider</title></head><body><main><h1>Sign in at the provider</h1>
<form method="post"><p><label for="login">Who are you?</label> <input id="login" name="login"></p>
<p><button>Continue</button> <button name="cancel" value="yes">Cancel</button></p></form></main></body></html>`;

async function bodyOf(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

async function interact(request, response) {
  if (request.method !== "POST") {
    response.writeHead(200, { "content-type": "text/html; charset=utf-8" }).end(FORM);
    return;
  }
  const fields = new URLSearchParams(await bodyOf(request));
  const result = fields.has("cancel")
    ? { error: "access_denied", error_description: "End-User aborted <b>interaction</b>" }
    : { login: { accountId: fields.get("login") } };
  await provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
}

async function control(request, response) {
  const wanted = JSON.parse(await bodyOf(request));
  if (wanted.twist && !TWISTS[wanted.twist]) throw new Error(`no such twist: ${wanted.twist}`);
  people = wanted.people;
  twist = wanted.twist;
  if (key.kid !== wanted.key) {
    key = await makeKey(wanted.key);
    provider = await makeProvider();
  }
  response.writeHead(204).end();
}

async function respond(request, response) {
  if (request.url === "/health") response.writeHead(200).end("OK");
  else if (request.url === "/control") await control(request, response);
  else if (request.url.startsWith("/interaction/")) await interact(request, response);
  else provider.callback()(request, response);
}

createServer((request, response) => {
  respond(request, response).catch((error) => {
    console.error(error);
    response.writeHead(500).end(String(error));
  });
}).listen(port, "127.0.0.1", () => console.log("ready"));
