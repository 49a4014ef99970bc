"""Writers of other tools' files, one file each; `chariot.modules.exchange.exports.contract` is their contract."""
