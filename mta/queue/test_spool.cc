#include "mta/queue/test_spool.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "lib/base/status_macros.h"
#include "mta/queue/spool_database.h"
#include "mta/queue/spool_format.h"

namespace postern::mta::queue {
namespace {

net::Task<absl::Status> Receive(Incoming& incoming, absl::string_view content,
                                size_t piece_bytes,
                                const spool::v1::Envelope& envelope) {
  while (!content.empty()) {
    CO_RETURN_IF_ERROR(
        co_await incoming.Append(content.substr(0, piece_bytes)));
    content.remove_prefix(std::min(piece_bytes, content.size()));
  }
  spool::v1::Envelope copy = envelope;
  co_return co_await incoming.Commit(std::move(copy));
}

std::unique_ptr<net::Runtime> MakeRuntime() {
  return std::move(net::Runtime::Create({.reactors = 2})).value();
}

}  // namespace

TestSpool::TestSpool(rocksdb::Env* env) : runtime(MakeRuntime()), env_(env) {
  const absl::Status status = Open();
  if (!status.ok()) {
    std::cerr << status << "\n";
    std::abort();
  }
}

TestSpool::~TestSpool() = default;

absl::Status TestSpool::Open() {
  Close();
  ASSIGN_OR_RETURN(spool_, Spool::Open({.directory = dir.path(), .env = env_},
                                       clock, registry));
  return absl::OkStatus();
}

absl::StatusOr<QueueId> TestSpool::Add(const std::string& content,
                                       spool::v1::Envelope envelope,
                                       size_t piece_bytes) {
  const std::unique_ptr<Incoming> incoming = spool_->Begin();
  RETURN_IF_ERROR(
      runtime->BlockOn(Receive(*incoming, content, piece_bytes, envelope)));
  return incoming->id();
}

absl::Status TestSpool::Apply(Edit edit) {
  return runtime->BlockOn(spool_->Apply(std::move(edit)));
}

absl::Status TestSpool::Remove(QueueId id) {
  ASSIGN_OR_RETURN(const spool::v1::Envelope envelope,
                   spool_->ReadEnvelope(id));
  Edit edit;
  edit.Remove(id, envelope);
  return Apply(std::move(edit));
}

absl::StatusOr<std::string> TestSpool::ContentOf(QueueId id) {
  ASSIGN_OR_RETURN(const spool::v1::Envelope envelope,
                   spool_->ReadEnvelope(id));
  const std::unique_ptr<Content> content = spool_->OpenContent(id, envelope);
  std::string whole;
  for (int i = 0; i < content->pieces(); ++i) {
    ASSIGN_OR_RETURN(const std::string piece, content->Piece(i));
    whole += piece;
  }
  if (static_cast<int64_t>(whole.size()) != content->size_bytes()) {
    return absl::DataLossError("the size is wrong");
  }
  return whole;
}

std::vector<QueueId> TestSpool::Ids() {
  std::vector<QueueId> ids;
  const absl::Status status = spool_->ForEach(
      [&ids](QueueId id, const spool::v1::Envelope&) { ids.push_back(id); });
  if (!status.ok()) std::cerr << status << "\n";
  return ids;
}

std::vector<std::string> TestSpool::KeysOnDisk() {
  Close();
  const auto database = SpoolDatabase::Open(dir.path(), env_).value();
  std::vector<std::string> keys;
  const absl::Status status =
      database->ForEach("", [&keys](absl::string_view key, absl::string_view) {
        if (key[0] != static_cast<char>(Table::kName)) keys.emplace_back(key);
      });
  if (!status.ok()) std::abort();
  return keys;
}

std::vector<std::string> TestSpool::FilesOnDisk() {
  Close();
  std::vector<std::string> names;
  for (const auto& entry :
       std::filesystem::directory_iterator(dir.path() + "/contents")) {
    names.push_back(entry.path().filename());
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::string TestSpool::PathOfContent(QueueId id) const {
  return absl::StrCat(dir.path(), "/contents/", id.ToString());
}

void TestSpool::Overwrite(const std::string& key,
                          std::optional<std::string> value) {
  Close();
  const auto database = SpoolDatabase::Open(dir.path(), env_).value();
  rocksdb::WriteBatch batch;
  if (value) {
    batch.Put(key, *value);
  } else {
    batch.Delete(key);
  }
  if (!database->Write(batch).ok()) std::abort();
}

spool::v1::Envelope TestSpool::UsualEnvelope() {
  spool::v1::Envelope envelope;
  envelope.set_sender("alice@example.net");
  envelope.add_recipients()->set_address("bob@example.com");
  envelope.set_session("s1");
  return envelope;
}

}  // namespace postern::mta::queue
