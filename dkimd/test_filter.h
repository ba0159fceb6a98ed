// A dkimd in one process for tests: keys for falcot.com, a DNS that has their
// records, and messages that go through it.

#ifndef POSTERN_DKIMD_TEST_FILTER_H_
#define POSTERN_DKIMD_TEST_FILTER_H_

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "dkimd/filter.h"
#include "dkimd/message_feed.h"
#include "dkimd/settings.h"
#include "gtest/gtest.h"
#include "lib/base/fake_clock.h"
#include "lib/base/file.h"
#include "lib/config/config.h"
#include "lib/dkim/key_finder.h"
#include "lib/dkim/test_keys.h"
#include "lib/dns/fake_resolver.h"
#include "lib/net/drain.h"
#include "lib/net/runtime.h"
#include "lib/testing/temp_dir.h"

namespace postern::dkimd {

inline constexpr char kTestMessage[] =
    "From: Raphael <raphael@falcot.com>\r\n"
    "To: roland@example.org\r\n"
    "Subject: handbook\r\n"
    "\r\n"
    "It is done.\r\n";

class TestFilter {
 public:
  // `yaml` is the configuration; $KEYS in it is the folder of the keys
  // rsa.private and ed.private, $DOMAIN a block that signs for falcot.com with
  // both.
  explicit TestFilter(
      absl::string_view yaml = "signing: {domains: [$DOMAIN]}") {
    WriteKey("rsa", dkim::TestRsaKey());
    WriteKey("ed", dkim::TestEd25519Key());
    filter_ = std::make_unique<Filter>(
        Read(yaml).value(), Filter::Parts{keys_, &replay_, clock_, registry_});
  }
  ~TestFilter() {
    drain_.Begin();
    drain_.AwaitIdle(absl::Seconds(10));
  }

  absl::StatusOr<std::shared_ptr<const Settings>> Read(absl::string_view yaml) {
    config::v1::Dkimd config;
    const std::string text = absl::StrReplaceAll(
        absl::StrReplaceAll(
            yaml, {{"$DOMAIN",
                    "{domain: falcot.com, keys: [{selector: rsa, file: "
                    "$KEYS/rsa.private}, {selector: ed, file: "
                    "$KEYS/ed.private}]}"}}),
        {{"$KEYS", folder_.path()}});
    const absl::Status loaded = config::Load(text, "test.yaml", config);
    EXPECT_TRUE(loaded.ok()) << loaded;
    return Settings::FromConfig(config);
  }

  // A client inside, and one outside.
  static milter::Envelope From(const char* address) {
    milter::Envelope envelope;
    envelope.client_address = net::IpAddress::Parse(address).value();
    envelope.client_name = absl::StrCat("[", address, "]");
    envelope.sender.address = "raphael@falcot.com";
    envelope.recipients.push_back({.address = "roland@example.org"});
    envelope.macros.Set("j", "mx.falcot.com");
    envelope.macros.Set("i", "4Q");
    return envelope;
  }
  static milter::Envelope Inside() { return From("127.0.0.1"); }
  static milter::Envelope Outside() { return From("192.0.2.1"); }

  // Puts a message through.
  milter::Changes Send(const milter::Envelope& envelope,
                       absl::string_view message, size_t step = 1 << 16) {
    return runtime_->BlockOn(Run(envelope, std::string(message), step));
  }

  // The message with what is inserted at its top.
  static std::string Applied(const milter::Changes& changes,
                             absl::string_view message) {
    std::string text(message);
    for (const milter::Change& change : changes.list()) {
      if (change.kind != milter::Change::Kind::kInsertHeader) continue;
      text = absl::StrCat(change.name, ":", change.value, "\r\n", text);
    }
    return text;
  }
  std::string Signed(absl::string_view message) {
    return Applied(Send(Inside(), message), message);
  }

  // The value of the one field of this name that is inserted; "" for none.
  static std::string Inserted(const milter::Changes& changes,
                              absl::string_view name) {
    std::string value;
    for (const milter::Change& change : changes.list()) {
      if (change.name != name) continue;
      if (change.kind == milter::Change::Kind::kInsertHeader) {
        value = change.value;
      }
    }
    return value;
  }

  // The results that a message from outside gets.
  std::string ResultsOf(absl::string_view message) {
    return Inserted(Send(Outside(), message), "Authentication-Results");
  }

  Filter& filter() { return *filter_; }
  dkim::KeyFinder& public_keys() { return keys_; }
  net::Runtime& runtime() { return *runtime_; }
  dns::FakeResolver& dns() { return dns_; }
  FakeClock& clock() { return clock_; }
  std::string metrics() { return registry_.Render(); }
  const std::string& keys() const { return folder_.path(); }

 private:
  void WriteKey(const std::string& selector, const dkim::PrivateKey& key) {
    ASSERT_TRUE(
        WriteFile(absl::StrCat(folder_.path(), "/", selector, ".private"),
                  key.ToPem(), 0600)
            .ok());
    const std::string record = dkim::RecordOf(key);
    dns_.Add(absl::StrCat(
        selector, "._domainkey.falcot.com TXT \"", record.substr(0, 200),
        "\" \"", record.size() > 200 ? record.substr(200) : "", "\"\n"));
  }

  net::Task<milter::Changes> Run(milter::Envelope envelope, std::string text,
                                 size_t step) {
    const std::unique_ptr<milter::Transaction> transaction =
        filter_->Begin(envelope);
    if (!transaction) co_return milter::Changes();
    Feed(*transaction, text, step);
    const net::Deadline deadline = net::Deadline::After(absl::Seconds(20));
    absl::StatusOr<milter::Changes> changes =
        co_await transaction->Finish(deadline);
    EXPECT_TRUE(changes.ok()) << changes.status();
    co_return *std::move(changes);
  }

  // Gives a message to a transaction as a mail server does.
  class Into final : public MessageFeed::Sink {
   public:
    explicit Into(milter::Transaction& transaction)
        : transaction_(transaction) {}
    void OnField(const mail::HeaderField& field) override {
      transaction_.OnHeader(field.name, field.value);
    }
    void OnEndOfHeader() override { transaction_.OnEndOfHeader(); }
    void OnBody(absl::string_view chunk) override {
      if (transaction_.WantsBody()) transaction_.OnBody(chunk);
    }

   private:
    milter::Transaction& transaction_;
  };

  static void Feed(milter::Transaction& transaction, absl::string_view text,
                   size_t step) {
    Into sink(transaction);
    MessageFeed feed(sink);
    for (; !text.empty(); text.remove_prefix(std::min(step, text.size()))) {
      feed.Add(text.substr(0, step));
    }
    feed.Finish();
  }

  testing::TempDir folder_;
  FakeClock clock_;
  metrics::Registry registry_;
  dns::FakeResolver dns_;
  net::Drain drain_;
  std::unique_ptr<net::Runtime> runtime_ =
      net::Runtime::Create({.reactors = 1, .blocking_threads = 1}).value();
  dkim::KeyFinder keys_{dns_, clock_, drain_};
  LocalReplayCounter replay_{absl::Hours(1), 100, clock_};
  std::unique_ptr<Filter> filter_;
};

}  // namespace postern::dkimd

#endif  // POSTERN_DKIMD_TEST_FILTER_H_
