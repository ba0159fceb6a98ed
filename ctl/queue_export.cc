#include "ctl/queue_export.h"

#include <grpcpp/grpcpp.h>

#include <memory>
#include <optional>
#include <ostream>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "ctl/arguments.h"
#include "ctl/channel.h"
#include "ctl/export_writer.h"
#include "ctl/json.h"
#include "ctl/output_file.h"
#include "ctl/queue_selection.h"
#include "lib/base/status_macros.h"
#include "proto/admin/v1/queue_transfer.grpc.pb.h"

namespace postern::ctl {
namespace {

namespace api = ::postern::admin::v1;

// Where an export goes: a new file, standard output, or nowhere (a dry run).
class Destination {
 public:
  explicit Destination(std::ostream* out) : out_(out) {}
  explicit Destination(OutputFile file) : file_(std::move(file)) {}

  absl::Status Write(absl::string_view bytes) {
    if (file_) return file_->Write(bytes);
    if (out_ == nullptr) return absl::OkStatus();
    out_->write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    return out_->good() ? absl::OkStatus()
                        : absl::DataLossError("standard output: cannot write");
  }
  absl::Status Sync() {
    if (file_) return file_->Sync();
    if (out_ != nullptr) out_->flush();
    return absl::OkStatus();
  }
  void Remove() {
    if (file_) file_->Remove();
  }

 private:
  std::optional<OutputFile> file_;
  std::ostream* out_ = nullptr;
};

// One export under way.
class Export {
 public:
  Export(api::QueueTransfer::Stub& relay, Destination& destination)
      : destination_(destination),
        writer_([&destination](absl::string_view bytes) {
          return destination.Write(bytes);
        }),
        stream_(relay.Export(&context_)) {}

  absl::Status Run(const api::ExportRequest& request) {
    stream_->Write(request);
    api::ExportResponse part;
    absl::Status status;
    while (status.ok() && stream_->Read(&part)) status = Take(part);
    if (!status.ok()) context_.TryCancel();
    stream_->WritesDone();
    const absl::Status ended = FromGrpc(stream_->Finish());
    RETURN_IF_ERROR(status);
    RETURN_IF_ERROR(ended);
    RETURN_IF_ERROR(writer_.Finish());
    return destination_.Sync();
  }

  const api::ExportReport& report() const { return report_; }
  // Those that are on disk, whatever came later.
  uint64_t synced() const { return synced_; }

 private:
  absl::Status Take(const api::ExportResponse& part) {
    switch (part.part_case()) {
      case api::ExportResponse::kHead:
        return writer_.Begin(part.head().queue_id(), part.head().envelope());
      case api::ExportResponse::kContent:
        return writer_.Add(part.content());
      case api::ExportResponse::kComplete:
        return writer_.End();
      case api::ExportResponse::kGone:
        return writer_.Void();
      case api::ExportResponse::kSkipped:
        *report_.add_skipped() = part.skipped();
        return absl::OkStatus();
      case api::ExportResponse::kSync:
        return Confirm();
      case api::ExportResponse::kSummary:
        report_.set_messages(part.summary().messages());
        report_.set_busy(part.summary().busy());
        return absl::OkStatus();
      case api::ExportResponse::PART_NOT_SET:
        break;
    }
    return absl::OkStatus();
  }

  absl::Status Confirm() {
    RETURN_IF_ERROR(destination_.Sync());
    synced_ = writer_.messages();
    api::ExportRequest answer;
    answer.set_is_synced(true);
    stream_->Write(answer);
    return absl::OkStatus();
  }

  Destination& destination_;
  ExportWriter writer_;
  grpc::ClientContext context_;
  std::unique_ptr<
      grpc::ClientReaderWriter<api::ExportRequest, api::ExportResponse>>
      stream_;
  api::ExportReport report_;
  uint64_t synced_ = 0;
};

absl::StatusOr<Destination> DestinationFor(const std::string& file,
                                           bool is_dry_run, std::ostream& out) {
  if (is_dry_run) return Destination(nullptr);
  if (file == "-") return Destination(&out);
  ASSIGN_OR_RETURN(OutputFile created, OutputFile::Create(file));
  return Destination(std::move(created));
}

absl::Status Print(const Invocation& invocation,
                   const api::ExportReport& report, bool is_dry_run,
                   std::ostream& out) {
  if (invocation.json) {
    RETURN_IF_ERROR(PrintJson(report, out));
  } else {
    out << (is_dry_run ? "Would be exported: " : "Exported: ")
        << report.messages() << "\n";
    if (report.busy() > 0) {
      out << "Being delivered right now, left alone: " << report.busy() << "\n";
    }
    for (const api::SkippedMessage& skipped : report.skipped()) {
      out << "Cannot be read, left out: " << skipped.queue_id() << " "
          << skipped.why() << "\n";
    }
  }
  return absl::OkStatus();
}

absl::Status ExportMessages(const Invocation& invocation, std::ostream& out) {
  Syntax syntax = SelectionSyntax();
  syntax.switches.insert("--delete");
  syntax.at_least = 1;
  ++syntax.at_most;
  ASSIGN_OR_RETURN(const Arguments arguments,
                   Arguments::Parse(invocation.arguments, syntax));
  std::vector<std::string> ids = arguments.rest();
  const std::string file = ids.front();
  ids.erase(ids.begin());
  api::ExportRequest request;
  ASSIGN_OR_RETURN(*request.mutable_what(),
                   SelectionFrom(arguments, std::move(ids)));
  const bool is_dry_run = request.what().dry_run();
  const bool goes_to_output = file == "-" && !is_dry_run;
  request.set_deletes(arguments.Has("--delete"));
  if (request.deletes() && goes_to_output) {
    return absl::InvalidArgumentError(
        "--delete wants a file: nobody knows what becomes of standard output");
  }
  const std::unique_ptr<api::QueueTransfer::Stub> relay =
      api::QueueTransfer::NewStub(Connect("mta", invocation.server));
  ASSIGN_OR_RETURN(Destination destination,
                   DestinationFor(file, is_dry_run, out));
  Export exported(*relay, destination);
  const absl::Status status = exported.Run(request);
  if (!status.ok()) {
    // What was deleted is in the file.
    if (exported.synced() == 0) {
      destination.Remove();
      return status;
    }
    return absl::Status(
        status.code(),
        absl::StrCat(status.message(), "; ", exported.synced(),
                     " messages are in ", file, ", the rest in the queue"));
  }
  if (!goes_to_output) {
    RETURN_IF_ERROR(Print(invocation, exported.report(), is_dry_run, out));
  }
  const int skipped = exported.report().skipped_size();
  if (skipped == 0) return absl::OkStatus();
  return absl::DataLossError(
      absl::StrCat(skipped, " messages cannot be read and were left out"));
}

}  // namespace

Verb ExportVerb() {
  return {"queue export",
          "FILE QUEUE-ID... | FILTER | --all [--delete] [--dry-run]",
          "Writes messages to a file.", ExportMessages};
}

}  // namespace postern::ctl
