// Published collections for DKIM and ARC: dkim-rfc-vectors, dkim-chasquid,
// dkim-lieser, dkim-dkimpy and arc-valimail. Where we differ, a test says why.

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "lib/base/fake_clock.h"
#include "lib/base/file.h"
#include "lib/config/yaml_tree.h"
#include "lib/dkim/arc_sealer.h"
#include "lib/dkim/arc_verifier.h"
#include "lib/dkim/signature.h"
#include "lib/dkim/signer.h"
#include "lib/dkim/test_message.h"
#include "lib/dkim/verifier.h"
#include "lib/dns/fake_resolver.h"
#include "lib/mail/tag_list.h"
#include "lib/net/runtime.h"

namespace postern::dkim {
namespace {

using config::YamlNode;

// A JSON text is YAML, but for one escape.
YamlNode Tree(std::string text) {
  return config::ParseYaml(absl::StrReplaceAll(text, {{"\\/", "/"}})).value();
}

const YamlNode& At(const YamlNode& map, absl::string_view key) {
  static const YamlNode* const none = new YamlNode();
  for (const auto& entry : map.entries) {
    if (entry.key == key) return entry.value;
  }
  return *none;
}
std::string Text(const YamlNode& map, absl::string_view key) {
  return At(map, key).text;
}

class ConformanceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* const suites = std::getenv("POSTERN_CONFORMANCE");
    if (suites == nullptr || *suites == '\0') {
      GTEST_SKIP() << "POSTERN_CONFORMANCE does not name the suites' folder";
    }
    folder_ = suites;
  }

  std::string Read(const std::string& name) {
    return ReadFile(absl::StrCat(folder_, "/", name)).value();
  }

  // Adds a record, whatever white space is in it.
  void AddTxt(absl::string_view name, absl::string_view text) {
    const std::string line =
        absl::StrReplaceAll(text, {{"\n", " "}, {"\r", " "}});
    std::string zone = absl::StrCat(name, " TXT");
    for (size_t at = 0; at < std::max<size_t>(line.size(), 1); at += 200) {
      absl::StrAppend(&zone, " \"", absl::CEscape(line.substr(at, 200)), "\"");
    }
    dns_.Add(absl::StrCat(zone, "\n"));
  }
  void AddRecords(const YamlNode& map) {
    for (const auto& entry : map.entries) AddTxt(entry.key, entry.value.text);
  }

  std::vector<SignatureResult> Verify(absl::string_view text) {
    KeyFinder finder(dns_, clock_, drain_);
    Message message;
    const absl::string_view body = AddHeader(text, message);
    Verifier verifier(message, settings_, finder, clock_);
    AddBody(body, message, 100);
    return runtime_->BlockOn(
        verifier.Finish(net::Deadline::After(absl::Seconds(5))));
  }

  ArcResult VerifyArc(absl::string_view text) {
    KeyFinder finder(dns_, clock_, drain_);
    Message message;
    const absl::string_view body = AddHeader(text, message);
    ArcVerifier verifier(message, settings_.min_key_bits, finder);
    AddBody(body, message, 100);
    return runtime_->BlockOn(
        verifier.Finish(net::Deadline::After(absl::Seconds(5))));
  }

  std::string folder_;
  std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 1}).value();
  net::Drain drain_;
  dns::FakeResolver dns_;
  // In 2026: no message of the collections is of a later day.
  FakeClock clock_{absl::FromUnixSeconds(1'767'225'600)};
  VerifierSettings settings_;
};

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

// The scenarios of a file of the ARC test suite.
std::vector<YamlNode> Scenarios(const std::string& text) {
  std::vector<YamlNode> scenarios;
  for (const absl::string_view part :
       absl::StrSplit(absl::StrCat("\n", text), "\n---")) {
    if (!part.empty() && part.find(':') != part.npos) {
      scenarios.push_back(Tree(std::string(part)));
    }
  }
  return scenarios;
}

TEST_F(ConformanceTest, ChainsOfTheArcTestSuite) {
  int count = 0;
  for (const YamlNode& scenario :
       Scenarios(Read("arc-valimail/arc-validation-dev.yml"))) {
    dns_.Reset("");
    AddRecords(At(scenario, "txt-records"));
    for (const auto& test : At(scenario, "tests").entries) {
      const ArcResult result = VerifyArc(WithCrlf(Text(test.value, "message")));
      std::string want = absl::AsciiStrToLower(Text(test.value, "cv"));
      want = std::string(absl::StripAsciiWhitespace(want));
      // The suite leaves open what becomes of a chain whose last seal says that
      // it had failed. RFC 8617 section 5.2, step 2: it has.
      if (test.key == "cv_fail_i1_as_cv_fail") want = "fail";
      EXPECT_EQ(OutcomeName(result.outcome), want.empty() ? "none" : want)
          << test.key << ": " << result.explanation;
      ++count;
    }
  }
  EXPECT_GE(count, 50);
}

// Tags and their values, without white space.
std::string Tags(absl::string_view value) {
  return absl::StrReplaceAll(value,
                             {{" ", ""}, {"\t", ""}, {"\r", ""}, {"\n", ""}});
}

TEST_F(ConformanceTest, SealsOfTheArcTestSuite) {
  int count = 0;
  for (const YamlNode& scenario :
       Scenarios(Read("arc-valimail/arc-sign-canonicalization.yml"))) {
    const SigningIdentity identity = {
        Text(scenario, "domain"), Text(scenario, "sel"),
        std::make_shared<const PrivateKey>(
            PrivateKey::Parse(Text(scenario, "privatekey")).value())};
    AddRecords(At(scenario, "txt-records"));
    for (const auto& test : At(scenario, "tests").entries) {
      SCOPED_TRACE(test.key);
      const std::string text = WithCrlf(Text(test.value, "message"));
      SignerSettings signing;
      signing.signed_fields =
          absl::StrSplit(Text(test.value, "sig-headers"), ':');
      signing.oversigned_fields = {};
      clock_.Set(
          absl::FromUnixSeconds(std::atol(Text(test.value, "t").c_str())));
      Message message;
      const absl::string_view body = AddHeader(text, message);
      ArcSealer sealer(message, signing, identity, clock_);
      AddBody(body, message);
      // What the Authentication-Results of these messages say.
      const auto fields = sealer.Finish(
          ArcResult(),
          {.authserv_id = Text(test.value, "srv-id"),
           .results = {{.method = "arc", .result = "none"},
                       {.method = "spf",
                        .result = "pass",
                        .properties = {{"smtp", "mfrom", "jqd@d1.example"}}},
                       {.method = "dkim",
                        .result = "pass",
                        .comment = "1024-bit key",
                        .properties = {{"header", "i", "@d1.example"}}},
                       {.method = "dmarc", .result = "pass"}}});
      ASSERT_TRUE(fields.ok()) << fields.status();
      EXPECT_EQ(Tags((*fields)->results), Tags(Text(test.value, "AAR")));
      EXPECT_EQ(Tags((*fields)->signature), Tags(Text(test.value, "AMS")));
      // The seal signs the folds of our signature, which the suite has without
      // any; RFC 8617 leaves them to who seals. So it is verified instead.
      EXPECT_EQ(Tags(WithoutSignature((*fields)->seal)),
                Tags(WithoutSignature(Text(test.value, "AS"))));
      const ArcResult sealed = VerifyArc(
          absl::StrCat(kArcSeal, ":", (*fields)->seal, "\r\n", kArcSignature,
                       ":", (*fields)->signature, "\r\n", kArcResults, ":",
                       (*fields)->results, "\r\n", text));
      EXPECT_EQ(sealed.outcome, Outcome::kPass) << sealed.explanation;
      ++count;
    }
  }
  EXPECT_GE(count, 9);
}

}  // namespace
}  // namespace postern::dkim
