#include "lib/kv/log_sync.h"

#include "lib/kv/inside_rocksdb.h"
#include "rocksdb/options.h"
#include "rocksdb/write_batch.h"

namespace postern::kv {

rocksdb::Status SyncLog(rocksdb::DB& db) {
  rocksdb::WriteOptions options;
  options.sync = true;
  rocksdb::WriteBatch empty;
  const InsideRocksdb inside;
  return db.Write(options, &empty);
}

}  // namespace postern::kv
