# The parts of `shoal feed csv` that need no broker.
shoal_test(unit_host_kafka_csv LABEL unit
           SOURCES csv_json_test.cpp csv_reader_test.cpp csv_rows_test.cpp feed_progress_test.cpp
           LINKS shoal_kafka ZLIB::ZLIB)
target_compile_definitions(unit_host_kafka_csv
                           PRIVATE SHOAL_FLIGHTS="${PROJECT_SOURCE_DIR}/tests/data/flights-2013.csv.gz")
