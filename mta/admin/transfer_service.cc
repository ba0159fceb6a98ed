#include "mta/admin/transfer_service.h"

#include <grpcpp/grpcpp.h>

#include <atomic>
#include <string>

#include "lib/base/status_macros.h"
#include "mta/admin/grpc_status.h"
#include "mta/admin/queue_export.h"
#include "mta/admin/queue_import.h"
#include "proto/admin/v1/queue_transfer.grpc.pb.h"

namespace postern::mta::admin {
namespace {

namespace api = ::postern::admin::v1;

using ExportStream =
    grpc::ServerReaderWriter<api::ExportResponse, api::ExportRequest>;
using ImportStream =
    grpc::ServerReaderWriter<api::ImportResponse, api::ImportRequest>;

class StreamOutlet final : public ExportOutlet {
 public:
  explicit StreamOutlet(ExportStream& stream) : stream_(stream) {}

  absl::Status Send(const api::ExportResponse& part) override {
    return stream_.Write(part) ? absl::OkStatus() : Left();
  }

  absl::Status AwaitSync() override {
    api::ExportResponse ask;
    ask.set_sync(true);
    RETURN_IF_ERROR(Send(ask));
    api::ExportRequest answer;
    return stream_.Read(&answer) && answer.is_synced() ? absl::OkStatus()
                                                       : Left();
  }

 private:
  static absl::Status Left() { return absl::CancelledError("client left"); }

  ExportStream& stream_;
};

class TransferService final : public api::QueueTransfer::Service {
 public:
  TransferService(queue::Spool& spool, queue::Scheduler& scheduler,
                  const Clock& clock)
      : spool_(spool), scheduler_(scheduler), clock_(clock) {}

  grpc::Status Export(grpc::ServerContext* context,
                      ExportStream* stream) override {
    api::ExportRequest request;
    if (!stream->Read(&request)) return grpc::Status::CANCELLED;
    StreamOutlet outlet(*stream);
    QueueExport sender(spool_, scheduler_, outlet, request.deletes());
    return FromStatus(sender.Run(request.what(),
                                 [context] { return context->IsCancelled(); }));
  }

  grpc::Status Import(grpc::ServerContext*, ImportStream* stream) override {
    if (is_importing_.exchange(true)) {
      return FromStatus(
          absl::FailedPreconditionError("another import is under way"));
    }
    const absl::Status status = TakeAll(*stream);
    is_importing_ = false;
    return FromStatus(status);
  }

 private:
  absl::Status TakeAll(ImportStream& stream) {
    QueueImport import(spool_, scheduler_, clock_,
                       [&stream](const api::ImportResponse& response) {
                         return stream.Write(response);
                       });
    api::ImportRequest request;
    while (stream.Read(&request)) RETURN_IF_ERROR(import.Take(request));
    return import.Finish();
  }

  queue::Spool& spool_;
  queue::Scheduler& scheduler_;
  const Clock& clock_;
  std::atomic<bool> is_importing_ = false;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeTransferService(queue::Spool& spool,
                                                   queue::Scheduler& scheduler,
                                                   const Clock& clock) {
  return std::make_unique<TransferService>(spool, scheduler, clock);
}

}  // namespace postern::mta::admin
