// filterd: a milter daemon for tests and benchmarks. It adds a field X-Seen,
// does with a message what its fields X-Do say (orders.h), and refuses the
// recipients that its configuration names.

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "lib/base/status_macros.h"
#include "lib/config/config.h"
#include "lib/daemon/main.h"
#include "lib/milter/serve.h"
#include "lib/net/runtime.h"
#include "tests/milter/filterd.pb.h"
#include "tests/milter/orders.h"

namespace postern::testfilter {
namespace {

class Message final : public milter::Transaction {
 public:
  Message(const milter::Envelope& envelope, const Filterd& config)
      : envelope_(envelope), config_(config) {}

  void OnHeader(absl::string_view name, absl::string_view value) override {
    if (name == "X-Do") orders_.emplace_back(value);
  }
  void OnBody(absl::string_view) override {}
  net::Task<absl::StatusOr<milter::Changes>> Finish(net::Deadline) override {
    milter::Changes changes;
    const absl::Duration work_time = config::FromProto(config_.work_time());
    if (work_time > absl::ZeroDuration()) co_await net::Sleep(work_time);
    if (!config_.seen().empty()) {
      changes.AddHeader("X-Seen", " " + config_.seen());
    }
    for (const std::string& order : orders_) {
      CO_RETURN_IF_ERROR(Obey(order, envelope_, changes));
    }
    co_return changes;
  }

 private:
  const milter::Envelope& envelope_;
  const Filterd& config_;
  std::vector<std::string> orders_;
};

class TestFilter final : public milter::Filter {
 public:
  explicit TestFilter(Filterd config) : config_(std::move(config)) {}

  milter::Needs needs() const override {
    milter::Needs needs;
    needs.add_headers = needs.change_headers = needs.change_sender =
        needs.add_recipients = needs.delete_recipients = needs.replace_body =
            needs.quarantine = true;
    needs.checks.recipient = config_.refused_recipients_size() > 0;
    needs.rejected_recipients = config_.wants_rejected_recipients();
    return needs;
  }
  milter::VerdictTask CheckRecipient(const milter::Envelope&,
                                     const milter::Path& recipient,
                                     net::Deadline) override {
    for (const std::string& refused : config_.refused_recipients()) {
      if (recipient.address != refused) continue;
      co_return milter::Verdict::Reply(550, "5.1.1", "not by us");
    }
    co_return milter::Verdict();
  }
  std::unique_ptr<milter::Transaction> Begin(
      const milter::Envelope& envelope) override {
    return std::make_unique<Message>(envelope, config_);
  }

 private:
  const Filterd config_;
};

absl::Status Check(const Filterd& config) {
  return milter::CheckConfig(config.milter());
}

absl::Status Start(const Filterd& config, daemon::Daemon& daemon) {
  TestFilter& filter = daemon.Own(std::make_unique<TestFilter>(config));
  return milter::Serve(daemon, config.milter(), /*default_port=*/8890, filter);
}

}  // namespace
}  // namespace postern::testfilter

int main(int argc, char** argv) {
  return postern::daemon::Main<postern::testfilter::Filterd>(
      argc, argv, "filterd", postern::testfilter::Start,
      postern::testfilter::Check);
}
