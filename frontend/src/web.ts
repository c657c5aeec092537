import './web.css'
import { answerFiltersAtOnce, openFiguresAndRows, setUpHtmx } from './behaviours/asking'
import { keepForms } from './behaviours/keeping'
import { saveLinesAsTyped } from './behaviours/lines'
import { closeDropdowns, copyAndPrint, focusFaults, narrowChoices, rememberDensity } from './behaviours/reading'
import { speakOfFaults } from './behaviours/speaking'
import { ChartElement } from './elements/chart'
import { MapElement } from './elements/map'
import { PanelElement } from './elements/panel'

setUpHtmx()
customElements.define('lx-chart', ChartElement)
customElements.define('lx-map', MapElement)
customElements.define('lx-panel', PanelElement)
answerFiltersAtOnce()
openFiguresAndRows()
closeDropdowns()
narrowChoices()
rememberDensity()
copyAndPrint()
focusFaults()
keepForms()
saveLinesAsTyped()
speakOfFaults()
