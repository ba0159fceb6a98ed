// Published collections for DKIM: dkim-rfc-vectors, dkim-chasquid, dkim-lieser
// and dkim-dkimpy. Where we differ, a test says why.

#include <memory>
#include <string>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/dkim/signature.h"
#include "lib/dkim/signer.h"
#include "lib/mail/tag_list.h"
#include "tests/conformance/dkim_suite.h"

namespace postern::dkim {
namespace {

using ConformanceTest = SuiteTest;

TEST_F(ConformanceTest, ExamplesOfTheRfcsVerify) {
  AddRecords(Tree(Read("dkim-rfc-vectors/dns.json")));
  for (const char* name :
       {"rfc6376-A.2.eml", "rfc8463-A.3.eml", "raw-pkcs1-key.eml",
        "dkimpy-draft-double-signed-simple.eml"}) {
    SCOPED_TRACE(name);
    const auto results =
        Verify(WithCrlf(Read(absl::StrCat("dkim-rfc-vectors/", name))));
    for (const SignatureResult& result : results) {
      EXPECT_EQ(result.outcome, Outcome::kPass) << result.explanation;
    }
  }
}

// Signing what an RFC signed again makes the bytes of the RFC.
TEST_F(ConformanceTest, ExamplesOfTheRfcsAreSignedAlike) {
  const std::pair<const char*, const char*> cases[] = {
      {"rfc6376-A.2.eml", "rfc6376-brisbane.rsa.pem"},
      {"rfc8463-A.3.eml", "rfc8463-test.rsa.pem"},
      {"rfc8463-A.3.eml", "rfc8463-brisbane.ed25519.seed.b64"}};
  for (const auto& [name, key_name] : cases) {
    SCOPED_TRACE(key_name);
    const auto key =
        PrivateKey::Parse(Read(absl::StrCat("dkim-rfc-vectors/", key_name)));
    ASSERT_TRUE(key.ok()) << key.status();
    Message message;
    AddHeader(WithCrlf(Read(absl::StrCat("dkim-rfc-vectors/", name))), message);
    int same = 0;
    for (const uint32_t index : message.header().Named("DKIM-Signature")) {
      const mail::HeaderField field = message.header().At(index);
      const Signature signature = Signature::Parse(field.value);
      std::string text;
      message.header().AppendSigned(signature.signed_fields,
                                    signature.header_form, text);
      const std::string bare = WithoutSignature(field.value);
      AppendCanonicalField(signature.header_form,
                           {.name = field.name, .value = bare}, text);
      if (key->type() != signature.key_type) continue;
      EXPECT_EQ(key->Sign(Sha256Of(text)).value(), signature.bytes);
      ++same;
    }
    EXPECT_EQ(same, 1);
  }
}

std::string CanonicalBody(Canonicalization form, absl::string_view body) {
  std::string text;
  BodyCanonicalizer canonicalizer(form);
  const auto sink = [&text](absl::string_view bytes) {
    absl::StrAppend(&text, bytes);
  };
  canonicalizer.Add(body, sink);
  canonicalizer.Finish(sink);
  return text;
}

std::string CanonicalHeader(Canonicalization form, absl::string_view header) {
  Message message;
  AddHeader(header, message);
  std::string text;
  for (size_t i = 0; i < message.header().size(); ++i) {
    AppendCanonicalField(form, message.header().At(i), text);
    absl::StrAppend(&text, "\r\n");
  }
  return text;
}

TEST_F(ConformanceTest, CanonicalFormsAreThoseOfTheTables) {
  const YamlNode all = Tree(Read("dkim-rfc-vectors/canonicalization.json"));
  int rows = 0;
  for (const char* kind : {"simple_body", "relaxed_body", "relaxed_header"}) {
    const auto form = absl::StartsWith(kind, "simple")
                          ? Canonicalization::kSimple
                          : Canonicalization::kRelaxed;
    for (const YamlNode& row : At(all, kind).items) {
      // LF alone is a byte like any other (RFC 6376 section 2.8).
      if (!Text(row, "lenient_lf").empty()) continue;
      const std::string in = Text(row, "in");
      EXPECT_EQ(absl::EndsWith(kind, "header") ? CanonicalHeader(form, in)
                                               : CanonicalBody(form, in),
                Text(row, "out"));
      ++rows;
    }
  }
  EXPECT_GE(rows, 20);
  const YamlNode& example = At(all, "rfc6376_3_4_5");
  const std::string input = Text(example, "input");
  const size_t end = input.find("\r\n\r\n") + 2;
  for (const auto form :
       {Canonicalization::kSimple, Canonicalization::kRelaxed}) {
    const absl::string_view name = CanonicalizationName(form);
    EXPECT_EQ(CanonicalHeader(form, input.substr(0, end)),
              Text(example, absl::StrCat(name, "_header")));
    EXPECT_EQ(CanonicalBody(form, input.substr(end + 2)),
              Text(example, absl::StrCat(name, "_body")));
    EXPECT_EQ(
        absl::Base64Escape(Sha256Of(CanonicalBody(form, ""))),
        Text(At(all, "empty_body"), absl::StrCat("bh_", name, "_sha256")));
  }
}

// chasquid verifies the first 5 signatures it meets. We verify 10 and let the
// author's go first, so all 7 of the second case are verified.
TEST_F(ConformanceTest, ChasquidsMessages) {
  const char* const kCases[] = {"01-rfc8463",
                                "02-too_many_headers",
                                "04-bad_dkim_signature_header",
                                "05-dns_temp_error",
                                "06-dns_perm_error",
                                "07-algo_mismatch",
                                "08-our_signature",
                                "09-limited_body",
                                "10-strict_domain_check_pass",
                                "11-strict_domain_check_fail"};
  settings_.min_signed_percent = 0;  // chasquid takes any l=.
  for (const std::string name : kCases) {
    SCOPED_TRACE(name);
    const std::string base = absl::StrCat("dkim-chasquid/", name);
    dns_.Reset("");
    if (const auto zone = ReadFile(absl::StrCat(folder_, "/", base, ".dns"));
        zone.ok()) {
      const std::string joined = absl::StrReplaceAll(*zone, {{"\\\n", ""}});
      for (const absl::string_view line : absl::StrSplit(joined, '\n')) {
        const size_t colon = line.find(": ");
        if (colon == line.npos || line.front() == '#') continue;
        const absl::string_view value = line.substr(colon + 2);
        if (value == "TEMPERROR") {
          dns_.Add(absl::StrCat(line.substr(0, colon), " SERVFAIL\n"));
        } else if (value != "PERMERROR") {
          AddTxt(line.substr(0, colon), value);
        }
      }
    }
    const YamlNode want = Tree(Read(base + ".result"));
    const auto results = Verify(WithCrlf(Read(base + ".msg")));
    const auto& wanted = At(want, "Results").items;
    for (size_t i = 0; i < wanted.size(); ++i) {
      ASSERT_LT(i, results.size());
      const std::string state = Text(wanted[i], "State");
      const Outcome outcome = results[i].outcome;
      if (state == "SUCCESS") {
        EXPECT_EQ(outcome, Outcome::kPass) << results[i].explanation;
      } else if (state == "TEMPFAIL") {
        EXPECT_EQ(outcome, Outcome::kTempError) << results[i].explanation;
      } else {
        EXPECT_THAT(outcome,
                    ::testing::AnyOf(Outcome::kPermError, Outcome::kFail))
            << results[i].explanation;
      }
    }
  }
}

TEST_F(ConformanceTest, TheMessagesOfDkimVerifier) {
  const YamlNode cases = Tree(Read("dkim-lieser/cases.json"));
  const YamlNode records = Tree(Read("dkim-lieser/dns.json"));
  int count = 0;
  for (const YamlNode& one : cases.items) {
    const std::string message = Text(one, "message");
    SCOPED_TRACE(absl::StrCat(Text(one, "name"), " ", message));
    dns_.Reset("");
    const YamlNode& instead = At(one, "dns_override");
    AddRecords(instead);
    for (const auto& entry : records.entries) {
      if (At(instead, entry.key).kind == YamlNode::Kind::kNull) {
        AddTxt(entry.key, entry.value.text);
      }
    }
    const auto results =
        Verify(WithCrlf(Read(absl::StrCat("dkim-lieser/", message))));
    const auto& wanted = At(one, "signatures").items;
    // Some cases look at the first signature alone.
    ASSERT_GE(results.size(), wanted.size());
    const std::string count_text = Text(one, "signature_count");
    if (!count_text.empty()) {
      EXPECT_EQ(absl::StrCat(results.size()), count_text);
    }
    for (size_t i = 0; i < wanted.size(); ++i) {
      bool passes = Text(wanted[i], "result") == "SUCCESS";
      // A mail program does not show a message to which a Subject, Date or To
      // was added. The signature is good all the same (RFC 6376 section 8.15
      // leaves it to the verifier); we say which field it was.
      for (const char* field : {"subject", "date", "to"}) {
        if (!absl::EndsWith(message,
                            absl::StrCat("added_header-", field, ".eml"))) {
          continue;
        }
        passes = true;
        EXPECT_THAT(results[i].added_fields, ::testing::SizeIs(1));
      }
      EXPECT_EQ(results[i].outcome == Outcome::kPass, passes)
          << results[i].explanation;
      const std::string domain = Text(wanted[i], "sdid");
      if (!domain.empty()) {
        EXPECT_EQ(results[i].domain, domain);
      }
      const std::string identity = Text(wanted[i], "auid");
      if (!identity.empty()) {
        EXPECT_EQ(results[i].identity, identity);
      }
      ++count;
    }
  }
  EXPECT_GE(count, 35);
}

TEST_F(ConformanceTest, DkimpysKeysAndMessages) {
  const auto read = [this](const char* name) {
    return Read(absl::StrCat("dkim-dkimpy/", name));
  };
  AddTxt("sed._domainkey.test.ex", read("eximtest.dns"));
  EXPECT_EQ(Verify(WithCrlf(read("ed25519test2.msg"))).front().outcome,
            Outcome::kPass);
  const std::string text = WithCrlf(read("test.message"));
  const auto key = std::make_shared<const PrivateKey>(
      PrivateKey::Parse(read("test.private")).value());
  const SignerSettings signing;
  Message message;
  const absl::string_view body = AddHeader(text, message);
  Signer signer(message, signing, {{"example.com", "test", key}}, clock_);
  AddBody(body, message);
  const std::string value = signer.Finish().value().front();
  const std::pair<const char*, Outcome> records[] = {
      {"test.txt", Outcome::kPass},
      {"test2.txt", Outcome::kPass},
      {"badk.txt", Outcome::kPermError},
      {"badversion.txt", Outcome::kPermError},
      {"test_bad.txt", Outcome::kPermError},
      {"test_tlsrpt.txt", Outcome::kPermError}};
  for (const auto& [name, outcome] : records) {
    dns_.Reset("");
    AddTxt("test._domainkey.example.com", read(name));
    EXPECT_EQ(Verify(absl::StrCat("DKIM-Signature:", value, "\r\n", text))
                  .front()
                  .outcome,
              outcome)
        << name;
  }
  EXPECT_EQ(PrivateKey::Parse(read("ed25519test.key"))->PublicBytes(),
            mail::Base64Value(read("ed25519test.dns").substr(13)));
}

}  // namespace
}  // namespace postern::dkim
