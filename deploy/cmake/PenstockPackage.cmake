# The Debian package: `cmake --build build/release --target package` after a configuration with
# -D CMAKE_INSTALL_PREFIX=/usr (the systemd unit names the binary's path).

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME penstock)
set(CPACK_PACKAGE_VENDOR "The penstock contributors")
set(CPACK_PACKAGE_CONTACT "The penstock contributors")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "Carries every change of a DynamoDB table into S3 through Firehose")
set(CPACK_PACKAGE_DESCRIPTION
    "Workers share a DynamoDB stream's shards through a lease table in the Kinesis Client Library's format, and send each
change as a line of JSON to Kinesis Data Firehose. At least once; nothing is lost.")
set(CPACK_PACKAGING_INSTALL_PREFIX "${CMAKE_INSTALL_PREFIX}")
set(CPACK_PACKAGE_DIRECTORY "${CMAKE_BINARY_DIR}/package")
set(CPACK_STRIP_FILES ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION utils)
set(CPACK_DEBIAN_PACKAGE_DEPENDS ca-certificates)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
include(CPack)
