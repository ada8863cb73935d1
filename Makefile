# Names for the steps in .ci/run, which says what they do and needs no make.
.PHONY: demo test setup check

demo:   ; @.ci/run demo
test:   ; @.ci/run test
setup:  ; @.ci/run setup
check:  ; @.ci/run all
