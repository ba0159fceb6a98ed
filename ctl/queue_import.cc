#include "ctl/queue_import.h"

#include <grpcpp/grpcpp.h>

#include <fstream>
#include <iostream>
#include <memory>
#include <ostream>
#include <string>
#include <thread>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "ctl/arguments.h"
#include "ctl/channel.h"
#include "ctl/export_reader.h"
#include "ctl/json.h"
#include "lib/base/status_macros.h"
#include "proto/admin/v1/queue_transfer.grpc.pb.h"

namespace postern::ctl {
namespace {

namespace api = ::postern::admin::v1;

using Kind = ExportReader::Kind;
using Stream =
    grpc::ClientReaderWriter<api::ImportRequest, api::ImportResponse>;

constexpr int kMostLines = 10'000;

// Where the messages of a file go to.
class Taker {
 public:
  virtual ~Taker() = default;
  // False: it takes no more.
  virtual bool Take(const api::ImportRequest& request) = 0;
};

// Reads the whole file and notes what is damaged.
bool ReadAll(ExportReader& reader, Taker& taker, api::ImportReport& report) {
  bool is_open = false;
  while (true) {
    ExportReader::Item item = reader.Next();
    api::ImportRequest request;
    switch (item.kind) {
      case Kind::kMessage:
        request.mutable_head()->set_queue_id(std::move(item.queue_id));
        request.mutable_head()->set_envelope(std::move(item.data));
        is_open = true;
        break;
      case Kind::kContent:
        request.set_content(std::move(item.data));
        break;
      case Kind::kComplete:
        request.set_complete(true);
        is_open = false;
        break;
      case Kind::kDropped:
        if (!item.is_void) {
          report.set_damaged(report.damaged() + 1);
          if (report.damage_size() < kMostLines) {
            api::SkippedMessage& damage = *report.add_damage();
            damage.set_queue_id(std::move(item.queue_id));
            damage.set_why(std::move(item.why));
          }
        }
        if (!std::exchange(is_open, false)) continue;
        request.set_dropped(true);
        break;
      case Kind::kEndOfFile:
        return item.is_whole;
    }
    if (!taker.Take(request)) return false;
  }
}

// Counts what would be imported.
class Counter final : public Taker {
 public:
  explicit Counter(api::ImportReport& report) : report_(report) {}
  bool Take(const api::ImportRequest& request) override {
    if (request.complete()) report_.set_imported(report_.imported() + 1);
    return true;
  }

 private:
  api::ImportReport& report_;
};

void Note(api::ImportResponse response, api::ImportReport& report) {
  using Result = api::ImportResponse;
  bool is_notable = response.new_queue_id() != response.queue_id();
  switch (response.result()) {
    case Result::RESULT_IMPORTED:
      report.set_imported(report.imported() + 1);
      break;
    case Result::RESULT_DUPLICATE:
      report.set_duplicates(report.duplicates() + 1);
      is_notable = true;
      break;
    default:
      report.set_refused(report.refused() + 1);
      is_notable = true;
  }
  if (is_notable && report.notable_size() < kMostLines) {
    *report.add_notable() = std::move(response);
  }
}

// Hands messages to the relay and collects its answers meanwhile.
class Sender final : public Taker {
 public:
  Sender(api::QueueTransfer::Stub& relay, bool holds)
      : stream_(relay.Import(&context_)), answers_([this] { ReadAnswers(); }) {
    api::ImportRequest first;
    first.set_hold(holds);
    stream_->Write(first);
  }

  bool Take(const api::ImportRequest& request) override {
    return stream_->Write(request);
  }

  // Returns how it ended; then the answers are complete.
  absl::Status Finish() {
    stream_->WritesDone();
    answers_.join();
    return FromGrpc(stream_->Finish());
  }

  const api::ImportReport& answers() const { return report_; }

 private:
  void ReadAnswers() {
    api::ImportResponse response;
    while (stream_->Read(&response)) Note(std::move(response), report_);
  }

  grpc::ClientContext context_;
  std::unique_ptr<Stream> stream_;
  api::ImportReport report_;  // The thread's, until it has ended.
  std::thread answers_;
};

void PrintNotable(const api::ImportResponse& message, std::ostream& out) {
  switch (message.result()) {
    case api::ImportResponse::RESULT_IMPORTED:
      out << message.queue_id() << ": is " << message.new_queue_id()
          << " here\n";
      break;
    case api::ImportResponse::RESULT_DUPLICATE:
      out << message.queue_id() << ": is in the queue already\n";
      break;
    default:
      out << message.queue_id() << ": refused: " << message.why() << "\n";
  }
}

absl::Status Print(const Invocation& invocation,
                   const api::ImportReport& report, bool is_dry_run,
                   std::ostream& out) {
  if (invocation.json) return PrintJson(report, out);
  for (const api::ImportResponse& message : report.notable()) {
    PrintNotable(message, out);
  }
  for (const api::SkippedMessage& damage : report.damage()) {
    out << (damage.queue_id().empty() ? "a message" : damage.queue_id()) << ": "
        << damage.why() << "\n";
  }
  out << (is_dry_run ? "Would be imported: " : "Imported: ")
      << report.imported() << "\n";
  if (report.duplicates() > 0) {
    out << "In the queue already: " << report.duplicates() << "\n";
  }
  if (report.refused() > 0) out << "Refused: " << report.refused() << "\n";
  if (report.damaged() > 0) out << "Damaged: " << report.damaged() << "\n";
  return absl::OkStatus();
}

absl::Status Import(const Invocation& invocation, std::istream& in,
                    bool is_dry_run, bool holds, std::ostream& out) {
  ExportReader reader(in);
  absl::Status status = reader.Open();
  // A wrong file is no wrong command line.
  if (absl::IsInvalidArgument(status)) {
    return absl::DataLossError(status.message());
  }
  RETURN_IF_ERROR(status);
  api::ImportReport report;
  bool is_whole = false;
  if (is_dry_run) {
    Counter counter(report);
    is_whole = ReadAll(reader, counter, report);
  } else {
    const auto relay =
        api::QueueTransfer::NewStub(Connect("mta", invocation.server));
    Sender sender(*relay, holds);
    is_whole = ReadAll(reader, sender, report);
    status = sender.Finish();
    report.MergeFrom(sender.answers());
  }
  if (status.ok() || report.imported() > 0) {
    RETURN_IF_ERROR(Print(invocation, report, is_dry_run, out));
  }
  RETURN_IF_ERROR(status);
  if (report.damaged() + report.refused() > 0) {
    return absl::DataLossError("not every message of the file is good");
  }
  return is_whole ? absl::OkStatus()
                  : absl::DataLossError("the file is cut off");
}

absl::Status ImportMessages(const Invocation& invocation, std::ostream& out) {
  ASSIGN_OR_RETURN(const Arguments arguments,
                   Arguments::Parse(invocation.arguments,
                                    {.options = {},
                                     .switches = {"--hold", "--dry-run"},
                                     .at_least = 1,
                                     .at_most = 1}));
  const std::string& path = arguments.rest()[0];
  const bool is_dry_run = arguments.Has("--dry-run");
  const bool holds = arguments.Has("--hold");
  if (path == "-") return Import(invocation, std::cin, is_dry_run, holds, out);
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError(absl::StrCat(path, ": cannot be read"));
  const absl::Status status = Import(invocation, file, is_dry_run, holds, out);
  return absl::Status(status.code(),
                      absl::StrCat(path, ": ", status.message()));
}

}  // namespace

Verb ImportVerb() {
  return {"queue import", "FILE [--hold] [--dry-run]",
          "Takes the messages of an export into the queue.", ImportMessages};
}

}  // namespace postern::ctl
