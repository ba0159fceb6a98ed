#include "lib/kv/tuning.h"

#include <algorithm>
#include <cstddef>

#include "absl/time/time.h"
#include "lib/kv/expiry_filter.h"
#include "rocksdb/filter_policy.h"
#include "rocksdb/memtablerep.h"
#include "rocksdb/slice_transform.h"
#include "rocksdb/table.h"
#include "rocksdb/write_buffer_manager.h"

namespace postern::kv {
namespace {

constexpr size_t kMaxMemtableBytes = 8 << 20;

// What a small value takes in a memtable, roughly.
constexpr size_t kMemtableEntryBytes = 80;

// Values not yet in a file are found by a hash of the key, which takes a third
// less time an update than RocksDB's skip list (measured with 1 million
// values). The price: an iterator sorts a copy of them first.
void SetMemtables(size_t memtable_bytes, rocksdb::Options& rocks) {
  rocks.write_buffer_size = memtable_bytes;
  rocks.arena_block_size = 256 << 10;
  rocks.max_write_buffer_number = 2;
  rocks.prefix_extractor.reset(rocksdb::NewNoopTransform());
  rocks.memtable_factory.reset(rocksdb::NewHashLinkListRepFactory(
      /*bucket_count=*/memtable_bytes / kMemtableEntryBytes,
      /*huge_page_tlb_size=*/0, /*bucket_entries_logging_threshold=*/0));
  // Such memtables are written by one thread at a time.
  rocks.allow_concurrent_memtable_write = false;
  rocks.enable_write_thread_adaptive_yield = false;
}

// Tables of many small values: everything but the tops of the indexes may
// leave memory.
rocksdb::BlockBasedTableOptions TableOptions(
    const std::shared_ptr<rocksdb::Cache>& cache) {
  rocksdb::BlockBasedTableOptions table;
  table.block_cache = cache;
  table.format_version = 5;
  table.block_size = 4 << 10;
  table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
  table.index_type = rocksdb::BlockBasedTableOptions::kTwoLevelIndexSearch;
  table.partition_filters = true;
  table.metadata_block_size = 4 << 10;
  table.cache_index_and_filter_blocks = true;
  table.pin_top_level_index_and_filter = true;
  table.optimize_filters_for_memory = false;
  table.data_block_index_type =
      rocksdb::BlockBasedTableOptions::kDataBlockBinaryAndHash;
  return table;
}

// Few threads, small buffers, few files.
void SetResources(const Options& options, rocksdb::Options& rocks,
                  const std::shared_ptr<rocksdb::Cache>& cache) {
  const size_t memtable_bytes =
      std::min(kMaxMemtableBytes, options.memory_bytes / 4);
  SetMemtables(memtable_bytes, rocks);
  rocks.write_buffer_manager =
      std::make_shared<rocksdb::WriteBufferManager>(2 * memtable_bytes, cache);
  rocks.max_total_wal_size = 4 * memtable_bytes;
  rocks.max_background_jobs = 2;
  rocks.max_subcompactions = 1;
  rocks.max_open_files = 128;
  rocks.max_file_opening_threads = 1;
  rocks.table_cache_numshardbits = 2;
  rocks.writable_file_max_buffer_size = 256 << 10;
  rocks.compaction_readahead_size = 256 << 10;
  rocks.allow_mmap_reads = false;
  rocks.allow_mmap_writes = false;
  rocks.bytes_per_sync = 1 << 20;
}

// RocksDB's own log and statistics: only what tells of trouble.
void SetReporting(rocksdb::Options& rocks) {
  rocks.statistics = nullptr;
  rocks.stats_dump_period_sec = 0;
  rocks.stats_persist_period_sec = 0;
  rocks.info_log_level = rocksdb::InfoLogLevel::WARN_LEVEL;
  rocks.max_log_file_size = 1 << 20;
  rocks.keep_log_file_num = 2;
}

}  // namespace

Tuning TuningFor(const Options& options, const Clock& clock) {
  Tuning tuning;
  tuning.cache = rocksdb::NewLRUCache(options.memory_bytes,
                                      /*num_shard_bits=*/2);
  rocksdb::Options& rocks = tuning.options;
  rocks.create_if_missing = true;
  if (options.env != nullptr) rocks.env = options.env;
  rocks.compression = rocksdb::kNoCompression;
  rocks.compaction_filter_factory = MakeExpiryFilterFactory(clock);
  const uint64_t rewrite_seconds =
      std::max<int64_t>(1, absl::ToInt64Seconds(options.rewrite_interval));
  rocks.periodic_compaction_seconds = rewrite_seconds;
  rocks.ttl = 0;
  rocks.max_bytes_for_level_base = 64 << 20;
  rocks.target_file_size_base = 32 << 20;
  rocks.avoid_unnecessary_blocking_io = true;
  rocks.max_bgerror_resume_count = 0;
  tuning.errors = std::make_shared<BackgroundErrors>();
  rocks.listeners.push_back(tuning.errors);
  SetResources(options, rocks, tuning.cache);
  SetReporting(rocks);
  rocks.table_factory.reset(
      rocksdb::NewBlockBasedTableFactory(TableOptions(tuning.cache)));
  return tuning;
}

}  // namespace postern::kv
