package lambdatest

// pictureStyle colors the picture. The outcomes' colors stay apart for people who see red and green alike, carry white
// signs with enough contrast, and hold on both backgrounds.
const pictureStyle = `
text{font:11px ui-sans-serif,system-ui,-apple-system,"Segoe UI",Inter,Roboto,"Helvetica Neue",Arial,sans-serif;font-variant-numeric:tabular-nums}
.card{fill:#fff;stroke:#d8dee6}.row{fill:#f5f7fa}.grid{stroke:#e3e8ee;fill:none}.axis{stroke:#98a4b3;fill:none;stroke-linecap:round}
.gap{stroke:#fff;stroke-width:3}.name{fill:#17212e;font-weight:600}.dim{fill:#5c6a7a}.on{fill:#fff;font-weight:600}.end{font-weight:600}
.wait{stroke:#9aa6b4;stroke-width:1.5;stroke-dasharray:2 4;fill:none;stroke-linecap:round}.start{fill:#9aa6b4}
.success{fill:#00795c}.error{fill:#c44601}.timeout{fill:#9b3a8a}.failure{fill:#4b5563}.running{fill:#7b8794}.throttle{fill:#d99000}
.success-text{fill:#00795c}.error-text{fill:#b23f00}.failure-text{fill:#4b5563}.throttle-text{fill:#8a5a00}
.cold{fill:url(#init)}.init{fill:#7cc0ec}.hatch{fill:#2b7fb8}.sign{stroke:#fff;stroke-width:1.8;fill:none;stroke-linecap:round;stroke-linejoin:round}
.area{fill:#2b7fb8;fill-opacity:.28;stroke:#2b7fb8;stroke-width:1.2}
@media(prefers-color-scheme:dark){
.card{fill:#0e151d;stroke:#2b3644}.row{fill:#141d27}.grid{stroke:#212c38}.axis{stroke:#5f6f81}.gap{stroke:#0e151d}.name{fill:#e7edf4}.dim{fill:#9aa9b9}
.wait{stroke:#66768a}.start{fill:#66768a}.success{fill:#0b8a6b}.error{fill:#d2540f}.timeout{fill:#b04a9d}.failure{fill:#667284}
.success-text{fill:#3fcfa6}.error-text{fill:#ff9a5c}.failure-text{fill:#b6c1cd}.throttle-text{fill:#f0b94a}.area{fill:#58aee6;stroke:#58aee6}
}`
