// How long verifying and signing one message takes on one core, without a
// network: keys are known, as they are after the first message of a domain.
//
//   dkim_benchmark [BODY_BYTES] [SECONDS]
//
// Prints a line for each case: messages a second of CPU time, and microseconds
// of it a message.

#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "lib/base/clock.h"
#include "lib/dkim/message_text.h"
#include "lib/dkim/signer.h"
#include "lib/dkim/test_keys.h"
#include "lib/dkim/verifier.h"
#include "lib/dns/fake_resolver.h"
#include "lib/net/runtime.h"

namespace postern::dkim {
namespace {

constexpr size_t kChunkBytes = 64 << 10;

std::string BenchmarkMessage(size_t body_bytes) {
  std::string text =
      "Received: from client.example.com (client.example.com [192.0.2.1])\r\n"
      "\tby mx.example.org (Postfix) with ESMTPS id 4FQ2x31Wq1z9s\r\n"
      "\tfor <recipient@example.org>; Sun, 29 Nov 2026 12:00:00 +0000\r\n"
      "From: Sender <sender@example.org>\r\nTo: recipient@example.org\r\n"
      "Subject: a message of the usual kind\r\nMIME-Version: 1.0\r\n"
      "Date: Sun, 29 Nov 2026 12:00:00 +0000\r\n"
      "Message-ID: <1234567890@example.org>\r\n"
      "Content-Type: text/plain; charset=utf-8\r\n\r\n";
  const size_t end = text.size() + body_bytes;
  for (int line = 0; text.size() < end; ++line) {
    // One line in eight has white space that the relaxed form changes.
    absl::StrAppend(&text, "The quick brown fox jumps over the lazy dog, and ",
                    line % 8 == 0 ? "goes  home.\r\n" : "goes home.\r\n");
  }
  return text;
}

void Feed(absl::string_view body, Message& message) {
  while (!body.empty()) {
    message.AddBody(body.substr(0, kChunkBytes));
    body.remove_prefix(std::min(kChunkBytes, body.size()));
  }
}

struct World {
  std::unique_ptr<net::Runtime> runtime =
      net::Runtime::Create({.reactors = 1}).value();
  net::Drain drain;
  dns::FakeResolver dns{absl::StrCat(
      "r._domainkey.example.org TXT \"", RecordOf(TestRsaKey()).substr(0, 200),
      "\" \"", RecordOf(TestRsaKey()).substr(200), "\"\n",
      "e._domainkey.example.org TXT \"", RecordOf(TestEd25519Key()), "\"\n")};
  KeyFinder finder{dns, Clock::System(), drain};
  VerifierSettings verifying;
  SignerSettings signing;
};

std::string Sign(World& world, const std::string& text,
                 const std::vector<SigningIdentity>& identities) {
  Message message;
  const absl::string_view body = AddHeader(text, message);
  Signer signer(message, world.signing, identities, Clock::System());
  Feed(body, message);
  const std::vector<std::string> values = signer.Finish().value();
  return absl::StrCat("DKIM-Signature:", values.front(), "\r\n", text);
}

bool Passes(World& world, const std::string& text) {
  Message message;
  const absl::string_view body = AddHeader(text, message);
  Verifier verifier(message, world.verifying, world.finder, Clock::System());
  Feed(body, message);
  const auto results = world.runtime->BlockOn(
      verifier.Finish(net::Deadline::After(absl::Seconds(5))));
  return results.front().outcome == Outcome::kPass;
}

void Measure(const char* name, double seconds,
             const std::function<void()>& call) {
  const std::clock_t begin = std::clock();
  double elapsed = 0;
  long count = 0;
  for (; elapsed < seconds; ++count) {
    call();
    elapsed = static_cast<double>(std::clock() - begin) / CLOCKS_PER_SEC;
  }
  std::printf("%-28s %9.0f/s %9.1f us\n", name,
              static_cast<double>(count) / elapsed,
              1e6 * elapsed / static_cast<double>(count));
}

int Run(size_t body_bytes, double seconds) {
  World world;
  const std::string text = BenchmarkMessage(body_bytes);
  const std::vector<SigningIdentity> rsa = {
      {"example.org", "r", std::make_shared<const PrivateKey>(TestRsaKey())}};
  const std::vector<SigningIdentity> ed25519 = {
      {"example.org", "e",
       std::make_shared<const PrivateKey>(TestEd25519Key())}};
  for (const auto form :
       {Canonicalization::kSimple, Canonicalization::kRelaxed}) {
    world.signing.body_form = form;
    const auto name = [form](const char* what) {
      return absl::StrCat(what, ", body ", CanonicalizationName(form));
    };
    for (const auto* identities : {&rsa, &ed25519}) {
      const std::string kind = identities == &rsa ? "rsa" : "ed25519";
      const std::string signed_text = Sign(world, text, *identities);
      if (!Passes(world, signed_text)) return 1;
      Measure(name(("verify " + kind).c_str()).c_str(), seconds,
              [&] { Passes(world, signed_text); });
      Measure(name(("sign " + kind).c_str()).c_str(), seconds,
              [&] { Sign(world, text, *identities); });
    }
  }
  return 0;
}

}  // namespace
}  // namespace postern::dkim

int main(int argc, char** argv) {
  const size_t bytes = argc > 1 ? std::strtoul(argv[1], nullptr, 10) : 4096;
  const double seconds = argc > 2 ? std::strtod(argv[2], nullptr) : 1;
  return postern::dkim::Run(bytes, seconds);
}
