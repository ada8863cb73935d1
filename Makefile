# Names for the steps in .ci/run, which says what they do and needs no make.
.PHONY: demo test setup check pictures torture soak

demo:   ; @.ci/run demo
test:   ; @.ci/run test
setup:  ; @.ci/run setup
check:  ; @.ci/run all
pictures: ; @.ci/run pictures
torture: ; @.ci/run torture
soak:   ; @.ci/run soak
