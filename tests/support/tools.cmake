# Small programs that the tests start.
add_executable(sigv4_sign "${CMAKE_CURRENT_LIST_DIR}/sigv4_sign.c")
target_link_libraries(sigv4_sign PRIVATE penstock_aws penstock_compile)
