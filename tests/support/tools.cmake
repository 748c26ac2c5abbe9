# Small programs that the tests start.
add_executable(sigv4_sign "${CMAKE_CURRENT_LIST_DIR}/sigv4_sign.c")
target_link_libraries(sigv4_sign PRIVATE penstock_aws penstock_compile)
add_executable(http_get "${CMAKE_CURRENT_LIST_DIR}/http_get.c")
target_link_libraries(http_get PRIVATE penstock_aws penstock_compile)
add_executable(line_form "${CMAKE_CURRENT_LIST_DIR}/line_form.c")
target_link_libraries(line_form PRIVATE penstock_shard penstock_compile)
add_executable(retry_rate "${CMAKE_CURRENT_LIST_DIR}/retry_rate.c")
target_link_libraries(retry_rate PRIVATE penstock_aws penstock_compile)
